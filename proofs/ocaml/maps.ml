open BinNums

type entries = (positive * Z.t) list

type relation =
| Same
| Before
| After

(** val order : positive -> positive -> relation **)

let rec order s t =
  match s with
  | Coq_xI s' -> (match t with
                  | Coq_xI t' -> order s' t'
                  | _ -> After)
  | Coq_xO s' ->
    (match t with
     | Coq_xI _ -> Before
     | Coq_xO t' -> order s' t'
     | Coq_xH -> After)
  | Coq_xH -> (match t with
               | Coq_xH -> Same
               | _ -> Before)

(** val merge : entries -> entries -> entries **)

let rec merge a = match a with
| [] -> (fun b -> b)
| p::a' ->
  let (s, v) = p in
  let rec inner b = match b with
  | [] -> a
  | p0::b' ->
    let (t, w) = p0 in
    (match order s t with
     | Same -> (s, (Z.add v w))::(merge a' b')
     | Before -> (s, v)::(merge a' b)
     | After -> (t, w)::(inner b'))
  in inner

(** val push : entries -> entries list -> entries list **)

let rec push a = function
| [] -> a::[]
| b::stack' ->
  (match b with
   | [] -> a::stack'
   | _::_ -> []::(push (merge b a) stack'))

(** val onto :
    (positive -> positive option) -> Z.t -> entries -> entries list ->
    entries list option **)

let rec onto place k r stack =
  match r with
  | [] -> Some stack
  | p::r' ->
    let (t, w) = p in
    (match place t with
     | Some c -> onto place k r' (push ((c, (Z.mul k w))::[]) stack)
     | None -> None)

(** val merged : entries list -> entries **)

let rec merged = function
| [] -> []
| a::stack' -> merge a (merged stack')

(** val all_zero : entries -> bool **)

let rec all_zero = function
| [] -> true
| p::r' -> let (_, w) = p in (&&) (Z.equal w Z.zero) (all_zero r')

type 'a tree =
| Leaf
| Node of 'a tree * 'a option * 'a tree

(** val find : positive -> 'a1 tree -> 'a1 option **)

let rec find t = function
| Leaf -> None
| Node (l, v, r) ->
  (match t with
   | Coq_xI t' -> find t' r
   | Coq_xO t' -> find t' l
   | Coq_xH -> v)

(** val add : positive -> 'a1 -> 'a1 tree -> 'a1 tree **)

let rec add t a = function
| Leaf ->
  (match t with
   | Coq_xI t' -> Node (Leaf, None, (add t' a Leaf))
   | Coq_xO t' -> Node ((add t' a Leaf), None, Leaf)
   | Coq_xH -> Node (Leaf, (Some a), Leaf))
| Node (l, v, r) ->
  (match t with
   | Coq_xI t' -> Node (l, v, (add t' a r))
   | Coq_xO t' -> Node ((add t' a l), v, r)
   | Coq_xH -> Node (l, (Some a), r))

(** val held : 'a1 -> positive -> 'a1 tree -> 'a1 **)

let held default t m =
  match find t m with
  | Some a -> a
  | None -> default

(** val next : positive -> positive **)

let rec next = function
| Coq_xI t' -> Coq_xO (next t')
| Coq_xO t' -> Coq_xI t'
| Coq_xH -> Coq_xO Coq_xH

(** val number_from : positive -> 'a1 list -> 'a1 tree -> 'a1 tree **)

let rec number_from t l m =
  match l with
  | [] -> m
  | a::l' -> number_from (next t) l' (add t a m)

(** val numbered : 'a1 list -> 'a1 tree **)

let numbered l =
  number_from Coq_xH l Leaf

(** val same_length : 'a1 list -> 'a2 list -> bool **)

let rec same_length a b =
  match a with
  | [] -> (match b with
           | [] -> true
           | _::_ -> false)
  | _::a' -> (match b with
              | [] -> false
              | _::b' -> same_length a' b')
