open BinNums
open Datatypes
open Maps
open Sparse_network_checker

type node = { below : Z.t; positive_part : bool; reads : neuron }

type interval = (Z.t * Z.t) option

(** val nodes_of : layer -> node list **)

let nodes_of l =
  List.map (fun x -> { below = l.den; positive_part = l.relu; reads = x })
    l.neurons

(** val nodes : layer list -> node list **)

let rec nodes = function
| [] -> []
| l::ls' -> app (nodes_of l) (nodes ls')

(** val known_at : 'a1 tree -> (positive * Z.t) -> bool **)

let known_at m e =
  match find (fst e) m with
  | Some _ -> true
  | None -> false

(** val check_reads : 'a1 -> 'a1 list -> layer list -> bool **)

let rec check_reads filler seen = function
| [] -> true
| l::ls' ->
  let m = numbered seen in
  (&&)
    ((&&) (Z.lt Z.zero l.den)
      (List.for_all (fun n -> List.for_all (known_at m) (fst n)) l.neurons))
    (check_reads filler (app seen (List.map (fun _ -> filler) l.neurons)) ls')

(** val ends_at : interval tree -> positive -> interval **)

let ends_at m t =
  match find t m with
  | Some i -> i
  | None -> None

(** val reach : interval tree -> entries -> Z.t -> Z.t -> interval **)

let rec reach m r low high =
  match r with
  | [] -> Some (low, high)
  | p::r' ->
    let (t, w) = p in
    if Z.equal w Z.zero
    then reach m r' low high
    else (match ends_at m t with
          | Some p0 ->
            let (lo, hi) = p0 in
            if Z.lt Z.zero w
            then reach m r' (Z.add low (Z.mul w lo)) (Z.add high (Z.mul w hi))
            else reach m r' (Z.add low (Z.mul w hi)) (Z.add high (Z.mul w lo))
          | None -> None)

(** val bound_node : Z.t -> interval tree -> node -> interval **)

let bound_node u m nd =
  match reach m (fst nd.reads) (Z.mul (snd nd.reads) u)
          (Z.mul (snd nd.reads) u) with
  | Some p ->
    let (low, high) = p in
    let lo = Z.fdiv low nd.below in
    let hi = Z.neg (Z.fdiv (Z.neg high) nd.below) in
    Some
    (if nd.positive_part
     then ((Z.max Z.zero lo), (Z.max Z.zero hi))
     else (lo, hi))
  | None -> None

(** val bounds : Z.t -> interval list -> layer list -> interval list **)

let rec bounds u known = function
| [] -> known
| l::ls' ->
  let m = numbered known in
  bounds u (app known (List.map (bound_node u m) (nodes_of l))) ls'

(** val bound_input : Z.t -> ((Z.t * Z.t) * Z.t) -> interval **)

let bound_input u = function
| (p, d) ->
  let (lo, hi) = p in
  if Z.lt Z.zero d
  then Some ((Z.fdiv (Z.mul lo u) d), (Z.neg (Z.fdiv (Z.neg (Z.mul hi u)) d)))
  else None

(** val input_bounds : Z.t -> 'a1 list -> box -> interval list **)

let rec input_bounds u inputs b =
  match inputs with
  | [] -> []
  | _::inputs' ->
    (match b with
     | [] -> None::(input_bounds u inputs' [])
     | i::b' -> (bound_input u i)::(input_bounds u inputs' b'))
