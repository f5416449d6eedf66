// The kernels of the engine "gpu", in plain CUDA C. A C++ compiler builds the same file for the CPU: the simulator.
//
// Every kernel visits 0..n-1, one index after the other in steps of the number of threads; no index waits for another,
// so the result does not depend on how many threads there are. Nodes and rows are below 2^31 (int), edges in 64 bits.
// An edge e weighs table[data[e]], a code of `width` bytes; if `width` is 8, data[e] itself, a residue; if it is 0, 1.

typedef unsigned long long u64;
typedef long long i64;
typedef unsigned int u32;

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define KERNEL extern "C" __global__ void
#define INLINE __device__ __forceinline__
#define THREAD (blockIdx.x * (u64)blockDim.x + threadIdx.x)
#define THREADS (gridDim.x * (u64)blockDim.x)
#define HIGH(a, b) __umul64hi(a, b)
#define LOAD(place) (*(volatile int *)(place))
#define INSTEAD(place, before, after) atomicCAS(place, before, after)
#define ADD_ONE(place) atomicAdd(place, 1)
#define LOWER(place, value) atomicMin(place, value)
#else
#define KERNEL extern "C" void
#define INLINE static inline
static thread_local u64 THREAD = 0, THREADS = 1;
extern "C" void be_thread(u64 thread, u64 threads) { THREAD = thread, THREADS = threads; }
#define HIGH(a, b) ((u64)(((unsigned __int128)(a) * (b)) >> 64))
#define LOAD(place) __atomic_load_n(place, __ATOMIC_SEQ_CST)
static inline int INSTEAD(int *place, int before, int after) {  // returns what was there
  __atomic_compare_exchange_n(place, &before, after, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return before;
}
#define ADD_ONE(place) __atomic_fetch_add(place, 1, __ATOMIC_SEQ_CST)
static inline void LOWER(int *place, int value) {
  for (int now = LOAD(place); value < now && INSTEAD(place, now, value) != now;) now = LOAD(place);
}
#endif

#define FOR_EACH(i, n) for (u64 i = THREAD; i < (n); i += THREADS)
#define PRIME ((1ull << 61) - 1)
#define GOLDEN 0x9E3779B97F4A7C15ull
#define TAGGED 0xD1342543DE82EF95ull

// ---- Numbers modulo 2^61 - 1, where 2^61 = 1.

INLINE u64 canonical(u64 x) {  // of any x
  u64 y = (x & PRIME) + (x >> 61);
  return y >= PRIME ? y - PRIME : y;
}

INLINE u64 fold(u64 high, u64 low) {  // of the 128-bit number (high, low)
  return canonical((low & PRIME) + (((high << 3) | (low >> 61)) & PRIME) + (high >> 58));
}

INLINE u64 mixed(u64 z) {  // the finaliser of splitmix64 (Steele, Lea, Flood 2014)
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

INLINE u64 residue(u64 seed, u64 index) { return canonical(mixed(seed + (index + 1) * GOLDEN)); }

INLINE u64 weight(const void *data, u64 width, const u64 *table, i64 e) {
  if (width == 0) return 1;
  if (width == 8) return ((const u64 *)data)[e];
  return table[width == 1 ? ((const unsigned char *)data)[e]
             : width == 2 ? ((const unsigned short *)data)[e] : ((const u32 *)data)[e]];
}

// ---- A round of refinement: fingerprints of rows, of sets of rows, and numbers of pairs (group, fingerprint).

// print[r] = sum of weight * residue of the colour at the other end. Weights and residues are below 2^61, so 32
// products and what was folded before stay below 2^128.
KERNEL print_rows(u64 rows, const i64 *indptr, const int *indices, const void *data, u64 width, const u64 *table,
                  const int *colour, u64 seed, u64 *print) {
  FOR_EACH(r, rows) {
    u64 high = 0, low = 0;
    i64 begin = indptr[r], end = indptr[r + 1];
    for (i64 e = begin; e < end; ++e) {
      u64 w = weight(data, width, table, e), x = residue(seed, colour[indices[e]]), product = w * x;
      low += product;
      high += HIGH(w, x) + (low < product);
      if (((e - begin) & 31) == 31) low = fold(high, low), high = 0;
    }
    print[r] = fold(high, low);
  }
}

// A random number for the value and the tag of a row, in place.
KERNEL print_tags(u64 rows, const int *tag, u64 seed, u64 *print) {
  FOR_EACH(r, rows) print[r] = residue(seed + tag[r] * TAGGED, print[r]);
}

// The sum of these numbers over a node's rows; of equal rows only the first counts, as number_pairs found it.
KERNEL print_sets(u64 nodes, const i64 *first_row, const u64 *row_print, const int *slots, const int *place,
                  u64 *print) {
  FOR_EACH(s, nodes) {
    u64 total = 0;
    for (i64 r = first_row[s]; r < first_row[s + 1]; ++r)
      if (slots[place[r]] == r) total = canonical(total + row_print[r]);
    print[s] = total;
  }
}

// Puts every index into the slot of its pair (group, print). A slot holds the least index with its pair, or -1; two
// indices share one only if both parts are equal, which is looked up at the index that the slot holds. `used` counts
// the slots; once that is more than half of them (mask + 1 in all, a power of two), the result is void.
KERNEL number_pairs(u64 n, const int *group, const u64 *print, int *slots, u64 mask, int *used, int *place) {
  FOR_EACH(i, n) {
    u64 key = print[i], at = mixed(key + GOLDEN * group[i]) & mask;
    while ((u64)LOAD(used) <= mask / 2) {
      int j = LOAD(slots + at);
      if (j < 0) {
        j = INSTEAD(slots + at, -1, (int)i);
        if (j < 0) { ADD_ONE(used); break; }
      }
      if (print[j] == key && group[j] == group[i]) {
        if ((int)i < j) LOWER(slots + at, (int)i);
        break;
      }
      at = (at + 1) & mask;
    }
    place[i] = (int)at;
  }
}

// ---- The certificate: takes over nothing but the classes, and compares exact sums modulo `modulus`.

// first[c] = the least member of class c, where `first` was larger than any node.
KERNEL find_first(u64 nodes, u64 count, const int *class_of, int *first, int *wrong) {
  FOR_EACH(s, nodes) {
    u64 c = (u64)(i64)class_of[s];
    if (c >= count) *wrong = 1;
    else if ((int)s < LOAD(first + c)) LOWER(first + c, (int)s);
  }
}

// Members of a class must be together in `start`; many[c] = 1 if class c has two.
KERNEL check_start(u64 nodes, const int *class_of, const int *first, const int *start, unsigned char *many,
                   int *wrong) {
  FOR_EACH(s, nodes) {
    int c = class_of[s], r = first[c];
    if (start[r] != start[s]) *wrong = 1;
    if (r != (int)s) many[c] = 1;
  }
}

// A sum modulo a prime below 2^61; modulo 2^64 where `modulus` is 0; of truth values where it is 1.
INLINE u64 plus(u64 a, u64 b, u64 modulus) {
  if (modulus == 1) return 1;
  u64 total = a + b;
  return modulus && total >= modulus ? total - modulus : total;
}

// The records of first members: sums[j] is that of entries[bounds[j]..], edges of one first member into one class.
KERNEL add_records(u64 records, const i64 *bounds, const i64 *entries, const void *data, u64 width, const u64 *table,
                   u64 modulus, u64 *sums) {
  FOR_EACH(j, records) {
    u64 total = 0;
    for (i64 k = bounds[j]; k < bounds[j + 1]; ++k)
      total = plus(total, weight(data, width, table, entries[k]), modulus);
    sums[j] = total;
  }
}

INLINE i64 find(const int *classes, i64 low, i64 high, int c) {  // where c stands in classes[low..high-1], or -1
  while (low < high) {
    i64 middle = (low + high) / 2;
    if (classes[middle] == c) return middle;
    if (classes[middle] < c) low = middle + 1; else high = middle;
  }
  return -1;
}

// Row s must have the sums of its class's record, of[c]..of[c + 1]-1 in (classes, sums). Sums of the row are added up
// in a column of `scratch`; classes that the record lacks must cancel.
KERNEL compare_rows(u64 rows, const i64 *indptr, const int *indices, const void *data, u64 width, const u64 *table,
                    u64 modulus, const int *row_class, const int *column_class, const unsigned char *many,
                    const i64 *of, const int *classes, const u64 *sums, u64 *scratch, int *wrong) {
  FOR_EACH(s, rows) {
    int c = row_class[s];
    if (!many[c]) continue;
    i64 low = of[c], high = of[c + 1], begin = indptr[s], end = indptr[s + 1];
    bool strays = false, equal = true;
    for (i64 i = low; i < high; ++i) scratch[(i - low) * THREADS + THREAD] = 0;
    for (i64 e = begin; e < end; ++e) {
      i64 i = find(classes, low, high, column_class[indices[e]]);
      if (i < 0) { strays = true; continue; }
      u64 *sum = scratch + (i - low) * THREADS + THREAD;
      *sum = plus(*sum, weight(data, width, table, e), modulus);
    }
    for (i64 i = low; i < high; ++i) equal &= scratch[(i - low) * THREADS + THREAD] == sums[i];
    for (i64 e = begin; strays && e < end; ++e) {
      int d = column_class[indices[e]];
      if (find(classes, low, high, d) >= 0) continue;
      u64 total = 0;
      for (i64 f = begin; f < end; ++f)
        if (column_class[indices[f]] == d) total = plus(total, weight(data, width, table, f), modulus);
      equal &= total == 0;
    }
    if (!equal) *wrong = 1;
  }
}
