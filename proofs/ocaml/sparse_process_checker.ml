open BinNums
open Maps
open Sparse_chain_checker

type process = { nodes : model; choices : model; owners : positive list }

(** val same_place : positive -> positive -> bool **)

let same_place s t =
  match order s t with
  | Same -> true
  | _ -> false

(** val check_owners :
    positive tree -> positive tree -> positive list -> positive list -> bool **)

let rec check_owners class_at owner_at es os =
  match es with
  | [] -> (match os with
           | [] -> true
           | _::_ -> false)
  | e::es' ->
    (match os with
     | [] -> false
     | o::os' ->
       (&&)
         (match find o class_at with
          | Some c ->
            (match find e owner_at with
             | Some b -> same_place c b
             | None -> false)
          | None -> false) (check_owners class_at owner_at es' os'))

(** val hits :
    positive list -> positive list -> bool tree tree -> bool tree tree **)

let rec hits es os m =
  match es with
  | [] -> m
  | e::es' ->
    (match os with
     | [] -> m
     | o::os' -> hits es' os' (add o (add e true (held Leaf o m)) m))

(** val by_owner :
    positive -> positive list -> positive list tree -> positive list tree **)

let rec by_owner e os m =
  match os with
  | [] -> m
  | o::os' -> by_owner (next e) os' (add o (e::(held [] o m)) m)

(** val all_hit : bool tree -> positive list -> bool **)

let rec all_hit found = function
| [] -> true
| e::es' ->
  (&&) (match find e found with
        | Some _ -> true
        | None -> false) (all_hit found es')

(** val check_covered :
    bool tree tree -> positive list tree -> positive -> positive list -> bool **)

let rec check_covered found wanted s = function
| [] -> true
| c::classes' ->
  (&&) (all_hit (held Leaf s found) (held [] c wanted))
    (check_covered found wanted (next s) classes')

(** val check_process :
    positive list -> positive list -> process -> process -> bool **)

let check_process classes es p q =
  let class_at = numbered classes in
  let p0 = p.choices in
  let q0 = q.choices in
  (&&)
    ((&&)
      ((&&)
        ((&&)
          ((&&) (check_ordinary classes p.nodes q.nodes)
            (all_positive (p0.below::(q0.below::p0.columns))))
          (all_positive q0.columns))
        (check_states (fun s -> find s class_at) p0.below q0.below p0.columns
          q0.columns (numbered q0.states) es p0.states))
      (check_owners class_at (numbered q.owners) es p.owners))
    (check_covered (hits es p.owners Leaf) (by_owner Coq_xH q.owners Leaf)
      Coq_xH classes)
