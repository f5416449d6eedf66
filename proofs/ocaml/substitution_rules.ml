open Maps
open Skipping_layers
open Sparse_network_checker
open Substitution_sums

type known = { units : Z.t; of_values : interval tree;
               of_nodes : interval tree }

(** val low_is : interval -> bool **)

let low_is = function
| Some p -> let (low, _) = p in Z.leq Z.zero low
| None -> false

(** val high_is : interval -> bool **)

let high_is = function
| Some p -> let (_, high) = p in Z.leq high Z.zero
| None -> false

(** val by_values : known -> neuron -> interval **)

let by_values k n =
  reach k.of_values (fst n) (Z.mul (snd n) k.units) (Z.mul (snd n) k.units)

(** val never_negative : known -> neuron -> entries -> Z.t -> bool **)

let never_negative k n before k0 =
  if low_is (by_values k n)
  then true
  else low_is (reach k.of_nodes before (Z.mul k0 k.units) (Z.mul k0 k.units))

(** val never_positive : known -> fate tree -> Z.t -> neuron -> bool **)

let never_positive k ps q n =
  if high_is (by_values k n)
  then true
  else (match gather ps Z.one (fst n) [] Z.zero with
        | Some p ->
          let (stack, constants) = p in
          let c = Z.mul (Z.add constants (Z.mul (snd n) q)) k.units in
          high_is (reach k.of_nodes (merged stack) c c)
        | None -> false)

(** val common : node option tree -> entries -> Z.t **)

let common nodes = function
| [] -> Z.one
| p::_ ->
  let (c, _) = p in
  (match find c nodes with
   | Some o -> (match o with
                | Some nd -> nd.below
                | None -> Z.one)
   | None -> Z.one)

(** val linear_parts :
    node option tree -> Z.t -> Z.t -> entries -> part list option **)

let rec linear_parts nodes m d = function
| [] -> Some []
| p::own' ->
  let (c, k) = p in
  (match find c nodes with
   | Some o ->
     (match o with
      | Some nd ->
        if (&&) (not nd.positive_part) (Z.equal nd.below d)
        then (match linear_parts nodes m d own' with
              | Some parts -> Some (((Z.mul k m), nd.reads)::parts)
              | None -> None)
        else None
      | None -> None)
   | None -> None)

(** val nothing : entries -> Z.t -> bool **)

let nothing r k =
  match r with
  | [] -> Z.equal k Z.zero
  | _::_ -> false

(** val check_fate :
    known -> bool -> Z.t -> Z.t -> Z.t -> fate tree -> node option tree ->
    neuron -> fate -> bool **)

let check_fate k r d q q' ps nodes n = function
| Sum (own, before, k0) ->
  if r
  then (match own with
        | [] ->
          if nothing before k0
          then never_positive k ps q n
          else (&&) (sum_is ps q' q n (((Z.mul q d), (before, k0))::[]))
                 (never_negative k n before k0)
        | p0::l ->
          let (c, w) = p0 in
          (match l with
           | [] ->
             (match find c nodes with
              | Some o ->
                (match o with
                 | Some nd ->
                   (&&)
                     ((&&) ((&&) nd.positive_part (Z.lt Z.zero nd.below))
                       (Z.lt Z.zero w))
                     (if nothing before k0
                      then sum_is ps (Z.mul q' nd.below) q n
                             (((Z.mul w (Z.mul q d)), nd.reads)::[])
                      else (&&)
                             (sum_is ps (Z.mul q' nd.below) q n
                               (((Z.neg (Z.mul w (Z.mul q d))),
                               nd.reads)::[]))
                             (sum_is ps q' q n (((Z.mul q d), (before,
                               k0))::[])))
                 | None -> false)
              | None -> false)
           | _::_ -> false))
  else let d0 = common nodes own in
       (match linear_parts nodes (Z.mul q d) d0 own with
        | Some parts ->
          (&&) (Z.lt Z.zero d0)
            (sum_is ps (Z.mul q' d0) q n (((Z.mul (Z.mul q d) d0), (before,
              k0))::parts))
        | None -> false)
| Unread -> true
