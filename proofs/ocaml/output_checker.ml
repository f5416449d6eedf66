open Datatypes
open Difference_checker
open Difference_layers
open Maps
open Sparse_network_checker

type property = { over : Z.t; half_spaces : (entries * Z.t) list }

(** val times : Z.t -> entries -> entries **)

let times k r =
  List.map (fun tw -> ((fst tw), (Z.mul k (snd tw)))) r

(** val side : bound -> Z.t -> (entries * Z.t) -> neuron **)

let side q d h =
  ((times (Z.mul d q.under) (fst h)),
    (Z.sub (Z.mul q.above d) (Z.mul (snd h) q.under)))

(** val sides : bound -> property -> layer **)

let sides q c =
  { den = (Z.mul c.over q.under); relu = true; neurons =
    (List.map (side q c.over) c.half_spaces) }

(** val zeros : layer list -> property -> layer list **)

let zeros ls c =
  app (List.map (fun l -> { den = Z.one; relu = l.relu; neurons = [] }) ls)
    ({ den = Z.one; relu = true; neurons =
    (List.map (fun _ -> ([], Z.zero)) c.half_spaces) }::[])

(** val check_output :
    precision -> bound -> layer list -> layer list -> (Z.t * place list) list
    -> property -> nat -> splits -> box -> bool **)

let check_output p q ls ls' ps c more s b =
  (&&) ((&&) (Z.lt Z.zero c.over) (check_network ls ls' ps))
    (check_difference p q (app ls' ((sides q c)::[])) (zeros ls' c)
      (List.map (fun _ -> []) (zeros ls' c)) more s b)
