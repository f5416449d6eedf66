open Datatypes

type form = { centre : Z.t; coefficients : Z.t list; radius : Z.t }

(** val plus_all : Z.t -> Z.t list -> Z.t list -> Z.t list **)

let rec plus_all k a b =
  match a with
  | [] -> b
  | u::a' ->
    (match b with
     | [] -> (Z.mul k u)::(plus_all k a' [])
     | v::b' -> (Z.add (Z.mul k u) v)::(plus_all k a' b'))

(** val plus : Z.t -> form -> form -> form **)

let plus k f g =
  { centre = (Z.add (Z.mul k f.centre) g.centre); coefficients =
    (plus_all k f.coefficients g.coefficients); radius =
    (Z.add (Z.mul (Z.abs k) f.radius) g.radius) }

(** val up : Z.t -> Z.t -> Z.t **)

let up a d =
  Z.neg (Z.fdiv (Z.neg a) d)

(** val quotients : Z.t -> Z.t list -> Z.t list **)

let rec quotients d = function
| [] -> []
| u::a' -> (Z.fdiv u d)::(quotients d a')

(** val remainders : Z.t -> Z.t list -> Z.t **)

let rec remainders d = function
| [] -> Z.zero
| _::a' -> Z.add d (remainders d a')

(** val shrink : Z.t -> form -> form **)

let shrink d f =
  let c = Z.fdiv f.centre d in
  { centre = c; coefficients = (quotients d f.coefficients); radius =
  (up
    (Z.add (Z.add f.radius (Z.abs (Z.sub f.centre (Z.mul d c))))
      (remainders d f.coefficients)) d) }

(** val size : Z.t list -> Z.t **)

let rec size = function
| [] -> Z.zero
| u::a' -> Z.add (Z.abs u) (size a')

(** val lowest : form -> Z.t **)

let lowest f =
  Z.sub f.centre (Z.add (size f.coefficients) f.radius)

(** val highest : form -> Z.t **)

let highest f =
  Z.add f.centre (Z.add (size f.coefficients) f.radius)

(** val put : nat -> Z.t -> Z.t list -> Z.t list **)

let rec put n h a =
  match n with
  | O -> (match a with
          | [] -> h::[]
          | u::a' -> (Z.add u h)::a')
  | S n' ->
    (match a with
     | [] -> Z.zero::(put n' h [])
     | u::a' -> u::(put n' h a'))

(** val sloped :
    Z.t -> Z.t -> Z.t -> Z.t -> Z.t -> nat -> form -> form * nat **)

let sloped tiny d k lo hi n f =
  let g =
    plus (Z.add k k) f { centre = (Z.add lo hi); coefficients = []; radius =
      Z.zero }
  in
  let h = Z.abs (Z.sub hi lo) in
  if Z.lt h (Z.mul tiny d)
  then ((shrink (Z.add d d) { centre = g.centre; coefficients =
          g.coefficients; radius = (Z.add g.radius h) }), n)
  else ((shrink (Z.add d d) { centre = g.centre; coefficients =
          (put n h g.coefficients); radius = g.radius }), (S n))

(** val positive_part : Z.t -> Z.t **)

let positive_part a =
  Z.max a Z.zero

(** val relu_above : Z.t -> Z.t -> Z.t -> Z.t -> Z.t -> Z.t -> Z.t **)

let relu_above d k l h lo hi =
  Z.min
    (Z.max (Z.mul (Z.sub d k) (positive_part hi))
      (Z.mul k (positive_part (Z.neg lo))))
    (Z.add
      (Z.mul k (Z.min (positive_part (Z.neg l)) (positive_part (Z.neg lo))))
      (Z.mul (Z.sub d k) (Z.min (positive_part h) (positive_part hi))))

(** val relu_below : Z.t -> Z.t -> Z.t -> Z.t -> Z.t -> Z.t -> Z.t **)

let relu_below d k l' h' lo hi =
  Z.neg (relu_above d k l' h' (Z.neg hi) (Z.neg lo))
