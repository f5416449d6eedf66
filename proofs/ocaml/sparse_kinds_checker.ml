open BinNums
open Maps
open Sparse_chain_checker

(** val counted : positive -> 'a1 list -> positive list **)

let rec counted t = function
| [] -> []
| _::l' -> t::(counted (next t) l')

(** val plus : Z.t -> Z.t list -> Z.t list -> Z.t list **)

let rec plus k vs sums =
  match vs with
  | [] -> sums
  | v::vs' ->
    (match sums with
     | [] -> (Z.mul k v)::(plus k vs' [])
     | a::sums' -> (Z.add (Z.mul k v) a)::(plus k vs' sums'))

(** val nothing : Z.t * Z.t list **)

let nothing =
  (Z.zero, [])

(** val gather :
    positive list -> Z.t list -> state list -> (Z.t * Z.t list) tree ->
    (Z.t * Z.t list) tree **)

let rec gather classes scales ss m =
  match classes with
  | [] -> m
  | c::classes' ->
    (match scales with
     | [] -> m
     | k::scales' ->
       (match ss with
        | [] -> m
        | s::ss' ->
          let found = held nothing c m in
          gather classes' scales' ss'
            (add c ((Z.add k (fst found)), (plus k (fst s) (snd found))) m)))

(** val masses : (Z.t * Z.t list) tree -> positive list -> Z.t list **)

let rec masses sums = function
| [] -> []
| c::tags' -> (fst (held nothing c sums))::(masses sums tags')

(** val turn_row :
    positive -> Z.t -> entries -> entries tree -> entries tree **)

let rec turn_row tag k r m =
  match r with
  | [] -> m
  | p::r' ->
    let (t, w) = p in
    turn_row tag k r' (add t ((tag, (Z.mul k w))::(held [] t m)) m)

(** val turn :
    positive list -> Z.t list -> state list -> entries tree -> entries tree **)

let rec turn tags scales ss m =
  match tags with
  | [] -> m
  | tag::tags' ->
    (match scales with
     | [] -> m
     | k::scales' ->
       (match ss with
        | [] -> m
        | s::ss' -> turn tags' scales' ss' (turn_row tag k (snd s) m)))

(** val check_into :
    Z.t tree -> Z.t -> Z.t -> entries tree -> entries tree -> positive ->
    positive list -> Z.t list -> bool **)

let rec check_into sizes d d' into_M into_Q t classes scales =
  match classes with
  | [] -> (match scales with
           | [] -> true
           | _::_ -> false)
  | c::classes' ->
    (match scales with
     | [] -> false
     | k::scales' ->
       (&&)
         (match find c sizes with
          | Some size ->
            same_sums (fun x -> Some x) (Z.mul k d) (Z.mul size d')
              (held [] t into_M) (held [] c into_Q)
          | None -> false)
         (check_into sizes d d' into_M into_Q (next t) classes' scales'))

(** val check_values :
    Z.t list -> Z.t list -> (Z.t * Z.t list) tree -> positive -> state list
    -> bool **)

let rec check_values ds ds' sums c = function
| [] -> true
| s::qs' ->
  let found = held nothing c sums in
  (&&) (same_values ds ds' (snd found) (plus (fst found) (fst s) []))
    (check_values ds ds' sums (next c) qs')

(** val weights : entries -> Z.t tree -> Z.t tree **)

let rec weights r m =
  match r with
  | [] -> m
  | p::r' ->
    let (t, w) = p in weights r' (add t (Z.add w (held Z.zero t m)) m)

(** val check_spread :
    Z.t tree -> Z.t -> Z.t -> Z.t tree -> Z.t tree -> positive -> positive
    list -> Z.t list -> bool **)

let rec check_spread sizes d d' u v t classes scales =
  match classes with
  | [] -> (match scales with
           | [] -> true
           | _::_ -> false)
  | c::classes' ->
    (match scales with
     | [] -> false
     | k::scales' ->
       (&&)
         (match find c sizes with
          | Some size ->
            Z.equal (Z.mul (held Z.zero t u) (Z.mul size d'))
              (Z.mul (held Z.zero c v) (Z.mul k d))
          | None -> false)
         (check_spread sizes d d' u v (next t) classes' scales'))

(** val check_exact_start :
    Z.t tree -> positive list -> Z.t list -> (Z.t * entries) option ->
    (Z.t * entries) option -> bool **)

let check_exact_start sizes classes scales u v =
  match u with
  | Some p ->
    let (d, l) = p in
    (match v with
     | Some p0 ->
       let (d', l') = p0 in
       (&&) ((&&) (Z.lt Z.zero d) (Z.lt Z.zero d'))
         (check_spread sizes d d' (weights l Leaf) (weights l' Leaf) Coq_xH
           classes scales)
     | None -> false)
  | None -> (match v with
             | Some _ -> false
             | None -> true)

(** val check_exact : Z.t list -> positive list -> model -> model -> bool **)

let check_exact scales classes m q =
  let sums = gather classes scales m.states Leaf in
  let tags = counted Coq_xH q.states in
  let found = masses sums tags in
  let sizes = numbered found in
  (&&)
    ((&&)
      ((&&)
        ((&&)
          ((&&)
            ((&&)
              ((&&)
                ((&&) (all_positive (m.below::(q.below::m.columns)))
                  (all_positive q.columns)) (all_positive scales))
              (all_positive found)) (same_length classes m.states))
          (same_length scales m.states))
        (check_values m.columns q.columns sums Coq_xH q.states))
      (check_into sizes m.below q.below (turn classes scales m.states Leaf)
        (turn tags found q.states Leaf) Coq_xH classes scales))
    (check_exact_start sizes classes scales m.start q.start)

(** val unstarted : model -> model **)

let unstarted m =
  { below = m.below; columns = m.columns; states = m.states; start = None }

(** val check_strict : Z.t list -> positive list -> model -> model -> bool **)

let check_strict scales classes m q =
  (&&) (check_ordinary classes m q)
    (check_exact scales classes (unstarted m) (unstarted q))

(** val times_row : Z.t -> entries -> entries **)

let rec times_row k = function
| [] -> []
| p::r' -> let (t, w) = p in (t, (Z.mul k w))::(times_row k r')

(** val times_rows : Z.t list -> state list -> state list **)

let rec times_rows ks ss =
  match ks with
  | [] -> []
  | k::ks' ->
    (match ss with
     | [] -> []
     | s::ss' -> ((fst s), (times_row k (snd s)))::(times_rows ks' ss'))

(** val slowed : Z.t -> Z.t list -> model -> model **)

let slowed d ks m =
  { below = (Z.mul m.below d); columns = m.columns; states =
    (times_rows ks m.states); start = None }

(** val check_proportional :
    Z.t -> Z.t list -> positive list -> model -> model -> bool **)

let check_proportional d ks classes m q =
  (&&)
    ((&&)
      ((&&) ((&&) (Z.lt Z.zero d) (all_positive ks))
        (same_length ks m.states)) (Z.lt Z.zero m.below))
    (check_ordinary classes (slowed d ks m) q)
