open BinNums
open Datatypes
open Difference_layers
open Difference_sums
open Sparse_network_checker
open Zonotope

(** val input_forms : precision -> box -> nat -> form list * nat **)

let rec input_forms p b n =
  match b with
  | [] -> ([], n)
  | p0::b' ->
    let (p1, d) = p0 in
    let (lo, hi) = p1 in
    let (f, n1) =
      sloped p.tiny d Z.zero (Z.mul p.units lo) (Z.mul p.units hi) n zero
    in
    let (fs, n2) = input_forms p b' n1 in ((f::fs), n2)

(** val check_leaf :
    precision -> bound -> layer list -> layer list -> positive list list ->
    box -> bool **)

let check_leaf p q ls ls' matching b =
  let (as0, n) = input_forms p b O in
  check_layers p q ls ls' [] matching as0 (List.map (fun _ -> zero) b) n

type splits =
| Whole
| Halved of nat * splits * splits

(** val halves : nat -> box -> (box * box) option **)

let rec halves i = function
| [] -> None
| c::b' ->
  let (p, d) = c in
  let (lo, hi) = p in
  (match i with
   | O ->
     Some (((((Z.add lo lo), (Z.add lo hi)), (Z.add d d))::b'),
       ((((Z.add lo hi), (Z.add hi hi)), (Z.add d d))::b'))
   | S i' ->
     (match halves i' b' with
      | Some p0 -> let (l, u) = p0 in Some ((c::l), (c::u))
      | None -> None))

(** val widest : box -> nat -> nat -> Z.t -> Z.t -> nat **)

let rec widest b i best width below =
  match b with
  | [] -> best
  | p::b' ->
    let (p0, d) = p in
    let (lo, hi) = p0 in
    if Z.lt (Z.mul width d) (Z.mul (Z.sub hi lo) below)
    then widest b' (S i) i (Z.sub hi lo) d
    else widest b' (S i) best width below

(** val search : (box -> bool) -> nat -> box -> bool **)

let rec search judge more b =
  if judge b
  then true
  else (match more with
        | O -> false
        | S m ->
          (match halves (widest b O O Z.zero Z.one) b with
           | Some p ->
             let (l, u) = p in
             if search judge m l then search judge m u else false
           | None -> false))

(** val walk : (box -> bool) -> nat -> splits -> box -> bool **)

let rec walk judge more s b =
  match s with
  | Whole -> search judge more b
  | Halved (i, l, u) ->
    (match halves i b with
     | Some p ->
       let (lower, upper) = p in
       if walk judge more l lower then walk judge more u upper else false
     | None -> false)

(** val check_difference :
    precision -> bound -> layer list -> layer list -> positive list list ->
    nat -> splits -> box -> bool **)

let check_difference p q ls ls' matching more s b =
  (&&)
    ((&&)
      ((&&)
        ((&&) ((&&) (Z.lt Z.zero p.units) (Z.lt Z.zero p.scale))
          (Z.leq Z.zero q.above)) (Z.lt Z.zero q.under))
      (List.for_all (fun c -> Z.lt Z.zero (snd c)) b))
    (walk (check_leaf p q ls ls' matching) more s b)
