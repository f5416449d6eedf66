open BinNums
open Datatypes
open Maps
open Skipping_layers
open Sparse_network_checker
open Substitution_rules
open Substitution_sums

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
