open BinNums
open Maps
open Sparse_chain_checker

type bound = { over : Z.t; values : Z.t list; claimed : (Z.t * Z.t) }

(** val not_negative : entries -> bool **)

let rec not_negative = function
| [] -> true
| p::r' -> let (_, w) = p in (&&) (not (Z.lt w Z.zero)) (not_negative r')

(** val all_not_negative : state list -> bool **)

let rec all_not_negative = function
| [] -> true
| s::ss' -> (&&) (not_negative (snd s)) (all_not_negative ss')

(** val sum_of_values : Z.t tree -> entries -> Z.t **)

let rec sum_of_values xs = function
| [] -> Z.zero
| p::r' ->
  let (t, w) = p in
  Z.add (match find t xs with
         | Some x -> Z.mul w x
         | None -> Z.zero) (sum_of_values xs r')

(** val hit : state -> bool **)

let hit s =
  match fst s with
  | [] -> false
  | v::_ -> not (Z.equal v Z.zero)

(** val no_step_increases :
    Z.t -> Z.t -> Z.t tree -> state list -> Z.t list -> bool **)

let rec no_step_increases d below0 xs ss vs =
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
           (if hit s
            then not (Z.lt x d)
            else not (Z.lt (Z.mul x below0) (sum_of_values xs (snd s)))))
         (no_step_increases d below0 xs ss' vs'))

(** val bound_start :
    Z.t tree -> bound -> (Z.t * entries) option -> (Z.t * entries) option ->
    bool **)

let bound_start xs b u v =
  match u with
  | Some p ->
    let (_, l) = p in
    (match v with
     | Some p0 ->
       let (d, l') = p0 in
       (&&) (not_negative l)
         (not
           (Z.lt (Z.mul (fst b.claimed) (Z.mul d b.over))
             (Z.mul (sum_of_values xs l') (snd b.claimed))))
     | None -> false)
  | None -> false

(** val check_bound : positive list -> model -> model -> bound -> bool **)

let check_bound classes m q b =
  let xs = numbered b.values in
  (&&)
    ((&&)
      ((&&)
        ((&&) ((&&) (check_ordinary classes m q) (all_not_negative m.states))
          (Z.lt Z.zero b.over)) (Z.lt Z.zero (snd b.claimed)))
      (no_step_increases b.over q.below xs q.states b.values))
    (bound_start xs b m.start q.start)
