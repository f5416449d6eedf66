open BinNums
open Datatypes
open Maps
open Skipping_layers
open Sparse_network_checker

type fate =
| Sum of entries * entries * Z.t
| Unread

(** val put : Z.t -> entries -> entries list -> entries list **)

let rec put k r stack =
  match r with
  | [] -> stack
  | p::r' -> let (t, w) = p in put k r' (push ((t, (Z.mul k w))::[]) stack)

(** val gather :
    fate tree -> Z.t -> entries -> entries list -> Z.t -> (entries
    list * Z.t) option **)

let rec gather ps f r stack constants =
  match r with
  | [] -> Some (stack, constants)
  | p::r' ->
    let (t, w) = p in
    (match find t ps with
     | Some f0 ->
       (match f0 with
        | Sum (own, before, k) ->
          gather ps f r' (put (Z.mul f w) before (put (Z.mul f w) own stack))
            (Z.add constants (Z.mul w k))
        | Unread ->
          if Z.equal w Z.zero then gather ps f r' stack constants else None)
     | None -> None)

type part = Z.t * neuron

(** val without : part list -> entries list -> Z.t -> entries list * Z.t **)

let rec without parts stack constants =
  match parts with
  | [] -> (stack, constants)
  | p::parts' ->
    let (m, n) = p in
    without parts' (put (Z.neg m) (fst n) stack)
      (Z.add constants (Z.mul (Z.neg m) (snd n)))

(** val sum_is : fate tree -> Z.t -> Z.t -> neuron -> part list -> bool **)

let sum_is ps f q n parts =
  match gather ps f (fst n) [] Z.zero with
  | Some p ->
    let (stack, constants) = p in
    let (rest, c) =
      without parts stack (Z.mul f (Z.add constants (Z.mul (snd n) q)))
    in
    (&&) (all_zero (merged rest)) (Z.equal c Z.zero)
  | None -> false

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

let common nodes0 = function
| [] -> Z.one
| p::_ ->
  let (c, _) = p in
  (match find c nodes0 with
   | Some o -> (match o with
                | Some nd -> nd.below
                | None -> Z.one)
   | None -> Z.one)

(** val linear_parts :
    node option tree -> Z.t -> Z.t -> entries -> part list option **)

let rec linear_parts nodes0 m d = function
| [] -> Some []
| p::own' ->
  let (c, k) = p in
  (match find c nodes0 with
   | Some o ->
     (match o with
      | Some nd ->
        if (&&) (not nd.positive_part) (Z.equal nd.below d)
        then (match linear_parts nodes0 m d own' with
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

let check_fate k r d q q' ps nodes0 n = function
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
             (match find c nodes0 with
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
  else let d0 = common nodes0 own in
       (match linear_parts nodes0 (Z.mul q d) d0 own with
        | Some parts ->
          (&&) (Z.lt Z.zero d0)
            (sum_is ps (Z.mul q' d0) q n (((Z.mul (Z.mul q d) d0), (before,
              k0))::parts))
        | None -> false)
| Unread -> true

(** val check_fates :
    (neuron -> fate -> bool) -> neuron list -> fate list -> bool **)

let rec check_fates judge ns ps =
  match ns with
  | [] -> (match ps with
           | [] -> true
           | _::_ -> false)
  | n::ns' ->
    (match ps with
     | [] -> false
     | p::ps' -> (&&) (judge n p) (check_fates judge ns' ps'))

(** val are_nodes : positive -> Z.t -> fate list -> bool **)

let rec are_nodes t q = function
| [] -> true
| f::ps' ->
  (match f with
   | Sum (own, before, z) ->
     (match own with
      | [] -> false
      | p::l ->
        let (c, k) = p in
        (match l with
         | [] ->
           (match before with
            | [] ->
              (&&)
                ((&&)
                  ((&&) (match order c t with
                         | Same -> true
                         | _ -> false) (Z.equal k q)) (Z.equal z Z.zero))
                (are_nodes (next t) q ps')
            | _::_ -> false)
         | _::_ -> false))
   | Unread -> false)

(** val after : positive -> 'a1 list -> positive **)

let rec after t = function
| [] -> t
| _::l' -> after (next t) l'

(** val first_output : positive -> layer list -> positive **)

let rec first_output t = function
| [] -> t
| l::ls' ->
  (match ls' with
   | [] -> t
   | _::_ -> first_output (after t l.neurons) ls')

(** val last_layer : layer list -> neuron list **)

let rec last_layer = function
| [] -> []
| l::ls' -> (match ls' with
             | [] -> l.neurons
             | _::_ -> last_layer ls')

(** val check_from :
    Z.t -> interval tree -> node option tree -> positive -> neuron list ->
    layer list -> interval list -> Z.t -> fate list -> (Z.t * fate list) list
    -> bool **)

let rec check_from u inner nodes0 first final ls outer q before ps =
  match ls with
  | [] -> false
  | l::rest ->
    (match ps with
     | [] -> false
     | p::ps' ->
       let (q', now) = p in
       let m = numbered outer in
       let k = { units = u; of_values = m; of_nodes = inner } in
       (&&)
         ((&&)
           ((&&) ((&&) (Z.lt Z.zero l.den) (Z.lt Z.zero q)) (Z.lt Z.zero q'))
           (check_fates
             (check_fate k l.relu l.den q q' (numbered before) nodes0)
             l.neurons now))
         (match rest with
          | [] ->
            (match ps' with
             | [] ->
               (&&) (are_nodes first q' now) (same_length l.neurons final)
             | _::_ ->
               check_from u inner nodes0 first final rest
                 (List.map (bound_node u m) (nodes_of l)) q' now ps')
          | _::_ ->
            check_from u inner nodes0 first final rest
              (List.map (bound_node u m) (nodes_of l)) q' now ps'))

(** val check_substitution :
    Z.t -> box -> layer list -> layer list -> (Z.t * fate list) list -> bool **)

let check_substitution u b ls ls' = function
| [] -> false
| p::ps' ->
  let (q, inputs) = p in
  let start = input_bounds u inputs b in
  let no_node = List.map (fun _ -> None) inputs in
  (&&)
    ((&&)
      ((&&) ((&&) (Z.lt Z.zero u) (are_nodes Coq_xH q inputs))
        (check_reads Coq_tt (List.map (fun _ -> Coq_tt) inputs) ls'))
      (match ls' with
       | [] -> false
       | _::_ -> true))
    (check_from u (numbered (bounds u start ls'))
      (numbered (app no_node (List.map (fun x -> Some x) (nodes ls'))))
      (first_output (after Coq_xH inputs) ls') (last_layer ls') ls start q
      inputs ps')

(** val check_reduction :
    Z.t -> box -> layer list -> layer list -> layer list -> (Z.t * place
    list) list -> (Z.t * fate list) list -> bool **)

let check_reduction u b ls lumped ls' places ps =
  (&&) (check_network ls lumped places) (check_substitution u b lumped ls' ps)
