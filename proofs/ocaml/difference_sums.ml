open BinNums
open Maps
open Sparse_network_checker
open Zonotope

(** val zero : form **)

let zero =
  { centre = Z.zero; coefficients = []; radius = Z.zero }

(** val gather : Z.t -> form tree -> entries -> form -> form option **)

let rec gather k m r g =
  match r with
  | [] -> Some g
  | p::r' ->
    let (t, w) = p in
    if Z.equal w Z.zero
    then gather k m r' g
    else (match find t m with
          | Some f -> gather k m r' (plus (Z.mul k w) f g)
          | None -> None)

(** val partner : positive tree -> positive -> positive **)

let partner ms t =
  match find t ms with
  | Some u -> u
  | None -> t

(** val renamed : positive tree -> entries -> entries **)

let renamed ms r =
  List.map (fun tw -> ((partner ms (fst tw)), (snd tw))) r

(** val arriving : Z.t -> Z.t -> form tree -> neuron -> form option **)

let arriving u d a n =
  match gather Z.one a (fst n) { centre = (Z.mul u (snd n)); coefficients =
          []; radius = Z.zero } with
  | Some g -> Some (shrink d g)
  | None -> None

(** val arriving_apart :
    Z.t -> Z.t -> Z.t -> form tree -> form tree -> positive tree -> neuron ->
    neuron -> form option **)

let arriving_apart u d d' a b ms n n' =
  match onto (fun x -> Some x) (Z.neg d) (renamed ms (fst n')) [] with
  | Some stack ->
    (match onto (fun x -> Some x) d' (fst n) stack with
     | Some both ->
       (match gather Z.one a (merged both) { centre =
                (Z.mul u (Z.sub (Z.mul d' (snd n)) (Z.mul d (snd n'))));
                coefficients = []; radius = Z.zero } with
        | Some g ->
          (match gather d b (fst n') g with
           | Some h -> Some (shrink (Z.mul d d') h)
           | None -> None)
        | None -> None)
     | None -> None)
  | None -> None
