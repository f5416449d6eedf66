open BinNums
open Datatypes
open Difference_sums
open Maps
open Sparse_network_checker
open Zonotope

type precision = { units : Z.t; scale : Z.t; tiny : Z.t }

type bound = { above : Z.t; under : Z.t }

type task = { apart : form; low : Z.t; high : Z.t; low' : Z.t; high' : Z.t }

(** val lone : form -> task **)

let lone f =
  { apart = f; low = (lowest f); high = (highest f); low' = Z.zero; high' =
    Z.zero }

(** val joined : form -> form -> task **)

let joined f g =
  let h = plus (Z.neg Z.one) f g in
  { apart = f; low = (lowest g); high = (highest g); low' = (lowest h);
  high' = (highest h) }

(** val slope : Z.t -> task -> Z.t **)

let slope d t =
  let lo = lowest t.apart in
  let hi = highest t.apart in
  let width = fun k ->
    Z.sub (relu_above d k t.low t.high lo hi)
      (relu_below d k t.low' t.high' lo hi)
  in
  let best = fun a b -> if Z.leq (width a) (width b) then a else b in
  let middle =
    if (&&) (Z.lt lo Z.zero) (Z.lt Z.zero hi)
    then Z.fdiv (Z.mul d hi) (Z.sub hi lo)
    else Z.zero
  in
  best (best Z.zero d) (Z.max Z.zero (Z.min d middle))

(** val settle : precision -> bool -> nat -> task -> form * nat **)

let settle p r n t =
  if r
  then let lo = lowest t.apart in
       let hi = highest t.apart in
       let k = slope p.scale t in
       sloped p.tiny p.scale k (relu_below p.scale k t.low' t.high' lo hi)
         (relu_above p.scale k t.low t.high lo hi) n t.apart
  else (t.apart, n)

(** val settled : precision -> bool -> task list -> nat -> form list * nat **)

let rec settled p r ts n =
  match ts with
  | [] -> ([], n)
  | t::ts' ->
    let (f, n1) = settle p r n t in
    let (fs, n2) = settled p r ts' n1 in ((f::fs), n2)

(** val all : ('a1 -> 'a2 option) -> 'a1 list -> 'a2 list option **)

let rec all f = function
| [] -> Some []
| a::l' ->
  (match f a with
   | Some b -> (match all f l' with
                | Some bs -> Some (b::bs)
                | None -> None)
   | None -> None)

(** val enumerate : positive -> 'a1 list -> (positive * 'a1) list **)

let rec enumerate t = function
| [] -> []
| a::l' -> (t, a)::(enumerate (next t) l')

(** val task_of :
    Z.t -> Z.t -> Z.t -> form tree -> form tree -> positive tree -> positive
    tree -> neuron tree -> form tree -> (positive * neuron) -> task option **)

let task_of u d d' a b ms after ns zs tn =
  match find (partner after (fst tn)) ns with
  | Some n ->
    (match find (partner after (fst tn)) zs with
     | Some z ->
       (match arriving_apart u d d' a b ms n (snd tn) with
        | Some f -> Some (joined f z)
        | None -> None)
     | None -> None)
  | None -> None

(** val layer_forms :
    precision -> layer -> layer -> positive tree -> positive tree -> form
    list -> form list -> nat -> ((form list * form list) * nat) option **)

let layer_forms p l l' ms after as0 bs n =
  if (&&)
       ((&&) (if l.relu then l'.relu else if l'.relu then false else true)
         (Z.lt Z.zero l.den)) (Z.lt Z.zero l'.den)
  then let a = numbered as0 in
       let b = numbered bs in
       (match all (arriving p.units l.den a) l.neurons with
        | Some zs ->
          (match all
                   (task_of p.units l.den l'.den a b ms after
                     (numbered l.neurons) (numbered zs))
                   (enumerate Coq_xH l'.neurons) with
           | Some ts ->
             let (as', n1) = settled p l.relu (List.map lone zs) n in
             let (bs', n2) = settled p l.relu ts n1 in Some ((as', bs'), n2)
           | None -> None)
        | None -> None)
  else None

(** val within : precision -> bound -> form -> bool **)

let within p q f =
  (&&) (Z.leq (Z.mul (highest f) q.under) (Z.mul q.above p.units))
    (Z.leq (Z.neg (Z.mul q.above p.units)) (Z.mul (lowest f) q.under))

(** val check_layers :
    precision -> bound -> layer list -> layer list -> positive list ->
    positive list list -> form list -> form list -> nat -> bool **)

let rec check_layers p q ls ls' ms rest as0 bs n =
  match ls with
  | [] ->
    (match ls' with
     | [] ->
       (match rest with
        | [] ->
          (match ms with
           | [] -> (&&) (same_length as0 bs) (List.for_all (within p q) bs)
           | _::_ -> false)
        | _::_ -> false)
     | _::_ -> false)
  | l::more ->
    (match ls' with
     | [] -> false
     | l'::more' ->
       (match rest with
        | [] -> false
        | after::rest' ->
          (match layer_forms p l l' (numbered ms) (numbered after) as0 bs n with
           | Some p0 ->
             let (p1, n') = p0 in
             let (as', bs') = p1 in
             check_layers p q more more' after rest' as' bs' n'
           | None -> false)))
