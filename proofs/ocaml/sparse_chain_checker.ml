open BinNums
open Maps

type state = Z.t list * entries

type model = { below : Z.t; columns : Z.t list; states : state list;
               start : (Z.t * entries) option }

(** val same_sums :
    (positive -> positive option) -> Z.t -> Z.t -> entries -> entries -> bool **)

let same_sums place d d' r r' =
  match onto place d' r [] with
  | Some stack ->
    (match onto (fun x -> Some x) (Z.neg d) r' stack with
     | Some both -> all_zero (merged both)
     | None -> false)
  | None -> false

(** val same_values : Z.t list -> Z.t list -> Z.t list -> Z.t list -> bool **)

let rec same_values ds ds' vs vs' =
  match ds with
  | [] ->
    (match ds' with
     | [] ->
       (match vs with
        | [] -> (match vs' with
                 | [] -> true
                 | _::_ -> false)
        | _::_ -> false)
     | _::_ -> false)
  | d::ds0 ->
    (match ds' with
     | [] -> false
     | d'::ds'0 ->
       (match vs with
        | [] -> false
        | v::vs0 ->
          (match vs' with
           | [] -> false
           | v'::vs'0 ->
             (&&) (Z.equal (Z.mul v d') (Z.mul v' d))
               (same_values ds0 ds'0 vs0 vs'0))))

(** val check_states :
    (positive -> positive option) -> Z.t -> Z.t -> Z.t list -> Z.t list ->
    state tree -> positive list -> state list -> bool **)

let rec check_states place d d' ds ds' qstates classes ss =
  match classes with
  | [] -> (match ss with
           | [] -> true
           | _::_ -> false)
  | c::classes' ->
    (match ss with
     | [] -> false
     | s::ss' ->
       (match find c qstates with
        | Some s' ->
          (&&)
            ((&&) (same_values ds ds' (fst s) (fst s'))
              (same_sums place d d' (snd s) (snd s')))
            (check_states place d d' ds ds' qstates classes' ss')
        | None -> false))

(** val all_positive : Z.t list -> bool **)

let rec all_positive = function
| [] -> true
| d::ds' -> (&&) (Z.lt Z.zero d) (all_positive ds')

(** val check_start :
    (positive -> positive option) -> (Z.t * entries) option ->
    (Z.t * entries) option -> bool **)

let check_start place u v =
  match u with
  | Some p ->
    let (d, l) = p in
    (match v with
     | Some p0 ->
       let (d', l') = p0 in
       (&&) ((&&) (Z.lt Z.zero d) (Z.lt Z.zero d'))
         (same_sums place d d' l l')
     | None -> false)
  | None -> (match v with
             | Some _ -> false
             | None -> true)

(** val check_ordinary : positive list -> model -> model -> bool **)

let check_ordinary classes m q =
  let classes_found = numbered classes in
  let place = fun s -> find s classes_found in
  (&&)
    ((&&)
      ((&&) (all_positive (m.below::(q.below::m.columns)))
        (all_positive q.columns))
      (check_states place m.below q.below m.columns q.columns
        (numbered q.states) classes m.states))
    (check_start place m.start q.start)
