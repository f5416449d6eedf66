open BinNums
open Maps

type neuron = entries * Z.t

type layer = { den : Z.t; relu : bool; neurons : neuron list }

type box = ((Z.t * Z.t) * Z.t) list

type place =
| Merged of positive * Z.t
| Constant of Z.t
| Dropped

(** val gather :
    place tree -> Z.t -> entries -> entries list -> Z.t -> (entries
    list * Z.t) option **)

let rec gather ps f r stack constants =
  match r with
  | [] -> Some (stack, constants)
  | p::r' ->
    let (t, w) = p in
    (match find t ps with
     | Some p0 ->
       (match p0 with
        | Merged (c, k) ->
          gather ps f r' (push ((c, (Z.mul f (Z.mul w k)))::[]) stack)
            constants
        | Constant k -> gather ps f r' stack (Z.add constants (Z.mul w k))
        | Dropped ->
          if Z.equal w Z.zero then gather ps f r' stack constants else None)
     | None -> None)

(** val check_neuron :
    bool -> Z.t -> Z.t -> Z.t -> Z.t -> place tree -> neuron tree -> neuron
    -> place -> bool **)

let check_neuron r d d' q q' before reduced n = function
| Merged (c, k) ->
  (match find c reduced with
   | Some n' ->
     (match gather before (Z.mul q' d') (fst n) [] Z.zero with
      | Some p0 ->
        let (stack, constants) = p0 in
        (match onto (fun x -> Some x) (Z.neg (Z.mul k (Z.mul q d))) (fst n')
                 stack with
         | Some both ->
           (&&)
             ((&&) (all_zero (merged both))
               (Z.equal
                 (Z.mul (Z.add constants (Z.mul (snd n) q)) (Z.mul q' d'))
                 (Z.mul (Z.mul k (Z.mul q d)) (snd n'))))
             (if r then Z.lt Z.zero k else true)
         | None -> false)
      | None -> false)
   | None -> false)
| Constant k ->
  (match gather before q' (fst n) [] Z.zero with
   | Some p0 ->
     let (stack, constants) = p0 in
     let value = Z.add constants (Z.mul (snd n) q) in
     (&&) (all_zero (merged stack))
       (if r
        then if Z.lt Z.zero value
             then Z.equal (Z.mul value q') (Z.mul k (Z.mul q d))
             else Z.equal k Z.zero
        else Z.equal (Z.mul value q') (Z.mul k (Z.mul q d)))
   | None -> false)
| Dropped -> true

(** val check_neurons :
    (neuron -> place -> bool) -> neuron list -> place list -> bool **)

let rec check_neurons judge ns ps =
  match ns with
  | [] -> (match ps with
           | [] -> true
           | _::_ -> false)
  | n::ns' ->
    (match ps with
     | [] -> false
     | p::ps' -> (&&) (judge n p) (check_neurons judge ns' ps'))

(** val check_layer :
    layer -> layer -> Z.t -> Z.t -> place list -> place list -> bool **)

let check_layer l l' q q' before after =
  (&&)
    ((&&)
      ((&&)
        ((&&)
          ((&&) (if l.relu then l'.relu else if l'.relu then false else true)
            (Z.lt Z.zero l.den)) (Z.lt Z.zero l'.den)) (Z.lt Z.zero q))
      (Z.lt Z.zero q'))
    (check_neurons
      (check_neuron l.relu l.den l'.den q q' (numbered before)
        (numbered l'.neurons)) l.neurons after)

(** val is_identity : positive -> Z.t -> place list -> bool **)

let rec is_identity t q = function
| [] -> true
| p::ps' ->
  (match p with
   | Merged (c, k) ->
     (&&)
       ((&&) (match order c t with
              | Same -> true
              | _ -> false) (Z.equal k q)) (is_identity (next t) q ps')
   | _ -> false)

(** val check_from :
    layer list -> layer list -> Z.t -> place list -> (Z.t * place list) list
    -> bool **)

let rec check_from ls ls' q before ps =
  match ls with
  | [] -> false
  | l::rest ->
    (match ls' with
     | [] -> false
     | l'::rest' ->
       (match ps with
        | [] -> false
        | p::ps' ->
          let (q', after) = p in
          (&&) (check_layer l l' q q' before after)
            (match rest with
             | [] ->
               (match rest' with
                | [] ->
                  (match ps' with
                   | [] ->
                     (&&) (is_identity Coq_xH q' after)
                       (same_length l.neurons l'.neurons)
                   | _::_ -> check_from rest rest' q' after ps')
                | _::_ -> check_from rest rest' q' after ps')
             | _::_ -> check_from rest rest' q' after ps')))

(** val check_network :
    layer list -> layer list -> (Z.t * place list) list -> bool **)

let check_network ls ls' = function
| [] -> false
| p::ps' ->
  let (q, before) = p in
  (&&) (is_identity Coq_xH q before) (check_from ls ls' q before ps')
