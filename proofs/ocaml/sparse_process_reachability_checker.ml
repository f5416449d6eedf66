open BinNums
open Maps
open Sparse_chain_checker
open Sparse_process_checker
open Sparse_reachability_checker

(** val some_or_every_below :
    bool -> Z.t tree -> state tree -> Z.t -> positive list -> bool **)

let rec some_or_every_below every xs rows most = function
| [] -> every
| e::es' ->
  if match find e rows with
     | Some r -> not (Z.lt most (sum_of_values xs (snd r)))
     | None -> false
  then if every then some_or_every_below every xs rows most es' else true
  else if every then false else some_or_every_below every xs rows most es'

(** val no_choice_increases :
    bool -> Z.t -> Z.t -> Z.t -> Z.t tree -> positive list tree -> state tree
    -> positive -> state list -> Z.t list -> bool **)

let rec no_choice_increases every d one below0 xs owned rows c ss vs =
  match ss with
  | [] -> (match vs with
           | [] -> true
           | _::_ -> false)
  | s::ss' ->
    (match vs with
     | [] -> false
     | x::vs' ->
       (&&)
         ((&&) (not (Z.lt x Z.zero))
           (match fst s with
            | [] -> false
            | v::_ ->
              if Z.equal v Z.zero
              then some_or_every_below every xs rows (Z.mul x below0)
                     (held [] c owned)
              else (&&) (Z.equal v one) (not (Z.lt x d))))
         (no_choice_increases every d one below0 xs owned rows (next c) ss'
           vs'))

(** val check_process_bound :
    bool -> positive list -> positive list -> process -> process -> bound ->
    bool **)

let check_process_bound every classes es p q b =
  let xs = numbered b.values in
  (&&)
    ((&&)
      ((&&)
        ((&&)
          ((&&) (check_process classes es p q)
            (all_not_negative q.choices.states)) (Z.lt Z.zero b.over))
        (Z.lt Z.zero (snd b.claimed)))
      (match q.nodes.columns with
       | [] -> false
       | one::_ ->
         no_choice_increases every b.over one q.choices.below xs
           (by_owner Coq_xH q.owners Leaf) (numbered q.choices.states) Coq_xH
           q.nodes.states b.values))
    (bound_start xs b p.nodes.start q.nodes.start)
