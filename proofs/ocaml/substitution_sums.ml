open Maps
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
