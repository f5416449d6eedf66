(* A verified checker for reduced networks on sparse rows: time near linear in the number of weights.

   Fully connected layers of integers over one denominator each, ReLU or none; a neuron is a sparse row and a bias.
   For every input and every neuron of the original a place in the reduced network, over a denominator of the layer: a
   multiple of one of its neurons, a constant, or dropped (nothing that is not dropped reads it). Values are a function
   of the number of a neuron, from 1.

   Notations
     dot r x                 the sum of IZR w * x t over a row
     eval layers x           the outputs
     box                     for every input both ends of an interval, over one denominator
     inside b x              x is in the box
     lifted q ps y x         x is what the places say, for the values y of the reduced layer
     gather ps f r s         f times what a row reads of the reduced layer, on a stack, and of constants
     check_network N M ps    the checker

   Main statement
     sparse_network          if it accepts, both networks have equal outputs on every real input *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require network_checker.
From LumpForm Require Import chain_checker maps.
Import ListNotations.
Local Open Scope R_scope.

Definition neuron := (entries * Z)%type.

Record layer := Layer { den : Z; relu : bool; neurons : list neuron }.

Definition box := list (Z * Z * Z).

Inductive place := Merged (c : positive) (k : Z) | Constant (k : Z) | Dropped.

Fixpoint gather (ps : tree place) (f : Z) (r : entries) (stack : list entries) (constants : Z)
    : option (list entries * Z) :=
  match r with
  | [] => Some (stack, constants)
  | (t, w) :: r' =>
      match find t ps with
      | Some (Merged c k) => gather ps f r' (push [(c, f * (w * k))] stack) constants
      | Some (Constant k) => gather ps f r' stack (constants + w * k)
      | Some Dropped => if Z.eqb w 0 then gather ps f r' stack constants else None
      | None => None
      end
  end%Z.

(* One neuron: its row and bias over D, places before over q, the reduced layer over D', its own place over q'. *)
Definition check_neuron (r : bool) (D D' q q' : Z) (before : tree place) (reduced : tree neuron) (n : neuron)
    (p : place) : bool :=
  match p with
  | Dropped => true
  | Constant k =>
      match gather before q' (fst n) [] 0 with
      | None => false
      | Some (stack, constants) =>
          let value := constants + snd n * q in
          all_zero (merged stack)
          && (if r then (if Z.ltb 0 value then Z.eqb (value * q') (k * (q * D)) else Z.eqb k 0)
              else Z.eqb (value * q') (k * (q * D)))
      end
  | Merged c k =>
      match find c reduced with
      | None => false
      | Some n' =>
          match gather before (q' * D') (fst n) [] 0 with
          | None => false
          | Some (stack, constants) =>
              match onto Some (- (k * (q * D))) (fst n') stack with
              | None => false
              | Some both =>
                  all_zero (merged both)
                  && Z.eqb ((constants + snd n * q) * (q' * D')) (k * (q * D) * snd n')
                  && (if r then Z.ltb 0 k else true)
              end
          end
      end
  end%Z.

Fixpoint check_neurons (judge : neuron -> place -> bool) (ns : list neuron) (ps : list place) : bool :=
  match ns, ps with
  | [], [] => true
  | n :: ns', p :: ps' => judge n p && check_neurons judge ns' ps'
  | _, _ => false
  end.

Definition check_layer (l l' : layer) (q q' : Z) (before after : list place) : bool :=
  match relu l, relu l' with true, true | false, false => true | _, _ => false end
  && Z.ltb 0 (den l) && Z.ltb 0 (den l') && Z.ltb 0 q && Z.ltb 0 q'
  && check_neurons (check_neuron (relu l) (den l) (den l') q q' (numbered before) (numbered (neurons l'))) (neurons l) after.

Fixpoint is_identity (t : positive) (q : Z) (ps : list place) : bool :=
  match ps with
  | [] => true
  | Merged c k :: ps' =>
      match order c t with Same => true | _ => false end && Z.eqb k q && is_identity (next t) q ps'
  | _ => false
  end.

Fixpoint check_from (ls ls' : list layer) (q : Z) (before : list place) (ps : list (Z * list place)) : bool :=
  match ls, ls', ps with
  | l :: rest, l' :: rest', (q', after) :: ps' =>
      check_layer l l' q q' before after
      && match rest, rest', ps' with
         | [], [], [] => is_identity 1 q' after && same_length (neurons l) (neurons l')
         | _, _, _ => check_from rest rest' q' after ps'
         end
  | _, _, _ => false
  end.

Definition check_network (ls ls' : list layer) (ps : list (Z * list place)) : bool :=
  match ps with
  | (q, before) :: ps' => is_identity 1 q before && check_from ls ls' q before ps'
  | [] => false
  end.

(* What the lists say. *)
Fixpoint dot (r : entries) (x : positive -> R) : R :=
  match r with
  | [] => 0
  | (t, w) :: r' => IZR w * x t + dot r' x
  end.

Notation act := network_checker.act.

Definition eval_layer (l : layer) (x : positive -> R) (j : positive) : R :=
  match nth_error (neurons l) (pred (Pos.to_nat j)) with
  | Some n => act (relu l) ((dot (fst n) x + IZR (snd n)) / IZR (den l))
  | None => 0
  end.

Fixpoint eval (ls : list layer) (x : positive -> R) : positive -> R :=
  match ls with
  | [] => x
  | l :: ls' => eval ls' (eval_layer l x)
  end.

Definition inside (b : box) (x : positive -> R) : Prop :=
  forall t lo hi d, nth_error b (pred (Pos.to_nat t)) = Some (lo, hi, d) ->
    IZR lo / IZR d <= x t <= IZR hi / IZR d.

Definition placed (q : Z) (y : positive -> R) (p : place) (v : R) : Prop :=
  match p with
  | Merged c k => v = IZR k / IZR q * y c
  | Constant k => v = IZR k / IZR q
  | Dropped => True
  end.

Definition lifted (q : Z) (ps : list place) (y x : positive -> R) : Prop :=
  forall t p, nth_error ps (pred (Pos.to_nat t)) = Some p -> placed q y p (x t).

(* Sums. *)
Lemma merge_dot a b y : dot (merge a b) y = dot a y + dot b y.
Proof.
  revert b. induction a as [|[s v] a IH]; intros b; [simpl; ring|].
  induction b as [|[u w] b IHb]; [simpl; ring|].
  change (merge ((s, v) :: a) ((u, w) :: b)) with
    (match order s u with
     | Same => (s, (v + w)%Z) :: merge a b
     | Before => (s, v) :: merge a ((u, w) :: b)
     | After => (u, w) :: merge ((s, v) :: a) b
     end).
  assert (cons : forall t z r, dot ((t, z) :: r) y = IZR z * y t + dot r y) by reflexivity.
  destruct (order s u) eqn:E.
  - apply order_eq in E. subst u. rewrite !cons, IH, plus_IZR. ring.
  - rewrite cons, IH, !cons. ring.
  - rewrite cons, IHb, !cons. ring.
Qed.

Fixpoint stack_dot (stack : list entries) (y : positive -> R) : R :=
  match stack with
  | [] => 0
  | a :: stack' => dot a y + stack_dot stack' y
  end.

Lemma push_dot a stack y : stack_dot (push a stack) y = dot a y + stack_dot stack y.
Proof.
  revert a. induction stack as [|b stack IH]; intros a; simpl; [reflexivity|].
  destruct b as [|e b]; [simpl; ring|].
  change (dot [] y + stack_dot (push (merge (e :: b) a) stack) y = dot a y + (dot (e :: b) y + stack_dot stack y)).
  rewrite IH, merge_dot. simpl (dot [] y). ring.
Qed.

Lemma merged_dot stack y : dot (merged stack) y = stack_dot stack y.
Proof. induction stack as [|a stack IH]; simpl; [reflexivity|]. rewrite merge_dot, IH. reflexivity. Qed.

Lemma all_zero_dot r y : all_zero r = true -> dot r y = 0.
Proof.
  induction r as [|[s w] r IH]; simpl; intros ok; [reflexivity|]. apply andb_prop in ok. destruct ok as [zero ok].
  apply Z.eqb_eq in zero. subst w. rewrite IH by exact ok. ring.
Qed.

Lemma onto_dot k r stack stack' y : onto Some k r stack = Some stack' ->
  stack_dot stack' y = IZR k * dot r y + stack_dot stack y.
Proof.
  revert stack. induction r as [|[t w] r IH]; simpl; intros stack ok.
  - injection ok as <-. ring.
  - apply IH in ok. rewrite ok, push_dot. simpl. rewrite mult_IZR. ring.
Qed.

Lemma gather_dot ps q f r y x : IZR q <> 0 -> lifted q ps y x -> forall stack constants stack' constants',
  gather (numbered ps) f r stack constants = Some (stack', constants') ->
  IZR f * IZR q * dot r x = stack_dot stack' y - stack_dot stack y + IZR f * (IZR constants' - IZR constants).
Proof.
  intros q0 L. induction r as [|[t w] r IH]; simpl; intros stack constants stack' constants' ok.
  - injection ok as <- <-. ring.
  - rewrite numbered_find in ok. destruct (nth_error ps (pred (Pos.to_nat t))) as [p|] eqn:E; [|discriminate].
    apply L in E. destruct p as [c k | k |]; simpl in E.
    + apply IH in ok. rewrite push_dot in ok. simpl in ok. rewrite !mult_IZR in ok. rewrite E.
      rewrite Rmult_plus_distr_l, ok. field. exact q0.
    + apply IH in ok. rewrite plus_IZR, mult_IZR in ok. rewrite E. rewrite Rmult_plus_distr_l, ok. field. exact q0.
    + destruct (Z.eqb_spec w 0) as [->|]; [|discriminate]. apply IH in ok. rewrite Rmult_plus_distr_l, ok. ring.
Qed.

(* Neurons. *)
Lemma neuron_checked r D D' q q' before reduced n p y x :
  (0 < D)%Z -> (0 < D')%Z -> (0 < q)%Z -> (0 < q')%Z -> lifted q before y x ->
  check_neuron r D D' q q' (numbered before) (numbered reduced) n p = true ->
  placed q' (eval_layer (Layer D' r reduced) y) p (act r ((dot (fst n) x + IZR (snd n)) / IZR D)).
Proof.
  intros D0 D0' q0 q0' L ok. apply IZR_lt in D0, D0', q0, q0'.
  assert (positive : 0 < IZR q * IZR D) by nra.
  destruct p as [c k | k |]; simpl in ok |- *; [| |exact I].
  - unfold eval_layer. simpl. rewrite numbered_find in ok.
    destruct (nth_error reduced (pred (Pos.to_nat c))) as [n'|]; [|discriminate].
    destruct (gather (numbered before) (q' * D') (fst n) [] 0) as [[stack constants]|] eqn:G; [|discriminate].
    destruct (onto Some (- (k * (q * D))) (fst n') stack) as [both|] eqn:O; [|discriminate].
    apply andb_prop in ok. destruct ok as [ok pos]. apply andb_prop in ok. destruct ok as [zero bias].
    apply (gather_dot _ q _ _ y x) in G; [|lra | exact L]. apply (onto_dot _ _ _ _ y) in O.
    apply (all_zero_dot _ y) in zero. rewrite merged_dot, O in zero. simpl in G.
    apply Z.eqb_eq in bias. apply (f_equal IZR) in bias. rewrite !mult_IZR, plus_IZR, mult_IZR in bias.
    rewrite opp_IZR, !mult_IZR in zero. rewrite mult_IZR in G.
    rewrite <- network_checker.act_scale.
    + f_equal. apply (Rmult_eq_reg_l (IZR q' * IZR D' * (IZR q * IZR D)));
        [|apply Rgt_not_eq, Rmult_lt_0_compat; [apply Rmult_lt_0_compat; assumption | exact positive]].
      transitivity (IZR q' * IZR D' * IZR q * dot (fst n) x + IZR q' * IZR D' * IZR q * IZR (snd n)); [field; lra|].
      rewrite G.
      transitivity (IZR k * (IZR q * IZR D) * (dot (fst n') y + IZR (snd n'))); [|field; lra].
      rewrite Rmult_plus_distr_l, <- bias.
      replace (stack_dot stack y) with (IZR k * (IZR q * IZR D) * dot (fst n') y) by lra. ring.
    + intros ->. apply Z.ltb_lt, IZR_lt in pos. apply Rdiv_lt_0_compat; assumption.
  - destruct (gather (numbered before) q' (fst n) [] 0) as [[stack constants]|] eqn:G; [|discriminate].
    apply andb_prop in ok. destruct ok as [zero value].
    apply (gather_dot _ q _ _ y x) in G; [|lra | exact L]. apply (all_zero_dot _ y) in zero.
    rewrite merged_dot in zero. rewrite zero in G. simpl in G.
    assert (C : IZR q * dot (fst n) x = IZR constants) by (apply (Rmult_eq_reg_l (IZR q')); lra).
    set (const := (constants + snd n * q)%Z) in value.
    assert (E : (dot (fst n) x + IZR (snd n)) / IZR D = IZR const / (IZR q * IZR D)).
    { unfold const. rewrite plus_IZR, mult_IZR.
      rewrite <- C. field. lra. }
    rewrite E.
    assert (solve_value : (const * q' = k * (q * D))%Z -> IZR const / (IZR q * IZR D) = IZR k / IZR q').
    { intros H. apply (f_equal IZR) in H. rewrite !mult_IZR in H.
      replace (IZR const / (IZR q * IZR D)) with (IZR const * IZR q' / (IZR q * IZR D * IZR q')) by (field; lra).
      rewrite H. field. lra. }
    assert (inverse : 0 < / (IZR q * IZR D)) by (apply Rinv_0_lt_compat; exact positive).
    destruct r; simpl.
    + destruct (Z.ltb 0 const) eqn:sign.
      * apply Z.ltb_lt, IZR_lt in sign. apply Z.eqb_eq in value.
        rewrite Rmax_left; [apply solve_value; exact value|]. unfold Rdiv. nra.
      * apply Z.ltb_ge, IZR_le in sign. apply Z.eqb_eq in value. subst k.
        rewrite Rmax_right; [unfold Rdiv; ring|]. unfold Rdiv. nra.
    + apply solve_value. apply Z.eqb_eq. exact value.
Qed.

Lemma check_neurons_spec judge ns ps : check_neurons judge ns ps = true ->
  length ns = length ps /\ forall i p, nth_error ps i = Some p -> exists n, nth_error ns i = Some n /\ judge n p = true.
Proof.
  revert ps. induction ns as [|n ns IH]; intros [|p ps] ok; simpl in ok; try discriminate.
  - split; [reflexivity|]. intros [|i] p E; discriminate.
  - apply andb_prop in ok. destruct ok as [one ok]. apply IH in ok. destruct ok as [len all].
    split; [simpl; lia|]. intros [|i] p' E; [injection E as <-; exists n; split; [reflexivity | exact one] | exact (all i p' E)].
Qed.

Lemma layer_checked l l' q q' before after y x : check_layer l l' q q' before after = true ->
  lifted q before y x ->
  length (neurons l) = length after /\ (0 < q')%Z /\ lifted q' after (eval_layer l' y) (eval_layer l x).
Proof.
  unfold check_layer. intros ok L. repeat (apply andb_prop in ok; destruct ok as [ok ?]).
  apply Z.ltb_lt in H0, H1, H2, H3. apply check_neurons_spec in H. destruct H as [len all].
  split; [exact len|]. split; [exact H0|]. intros t p E. destruct (all _ _ E) as [n [N judged]].
  unfold eval_layer at 2. rewrite N. destruct l' as [D' r' reduced]. simpl in *.
  replace r' with (relu l) by (destruct (relu l), r'; try discriminate; reflexivity).
  apply (neuron_checked _ _ _ q _ before); assumption.
Qed.

Lemma identity_spec t q ps i p : is_identity t q ps = true -> nth_error ps i = Some p ->
  p = Merged (Pos.of_nat (Pos.to_nat t + i)) q.
Proof.
  revert t i. induction ps as [|[c k|k|] ps IH]; intros t [|i] ok E; simpl in *; try discriminate;
    apply andb_prop in ok; destruct ok as [ok rest]; apply andb_prop in ok; destruct ok as [same one].
  - injection E as <-. apply Z.eqb_eq in one. destruct (order c t) eqn:O; try discriminate. apply order_eq in O. subst.
    rewrite Nat.add_0_r, Pos2Nat.id. reflexivity.
  - rewrite (IH (next t) i rest E), next_succ. f_equal. f_equal. lia.
Qed.

Lemma identity_at q ps j p : is_identity 1 q ps = true -> nth_error ps (pred (Pos.to_nat j)) = Some p -> p = Merged j q.
Proof.
  intros ok E. rewrite (identity_spec _ _ _ _ _ ok E). f_equal.
  replace (Pos.to_nat 1 + pred (Pos.to_nat j))%nat with (Pos.to_nat j) by lia. apply Pos2Nat.id.
Qed.

Lemma last_checked l l' q after y x j : is_identity 1 q after = true -> (0 < q)%Z ->
  length (neurons l) = length after -> length (neurons l) = length (neurons l') ->
  lifted q after (eval_layer l' y) (eval_layer l x) -> eval_layer l x j = eval_layer l' y j.
Proof.
  intros same Q len len' L. apply IZR_lt in Q.
  destruct (nth_error after (pred (Pos.to_nat j))) as [p|] eqn:E.
  - pose proof (L _ _ E) as P. apply (identity_at _ _ _ _ same) in E. subst p. simpl in P. rewrite P. field. lra.
  - apply nth_error_None in E. unfold eval_layer.
    rewrite (proj2 (nth_error_None (neurons l) _)) by lia. rewrite (proj2 (nth_error_None (neurons l') _)) by lia.
    reflexivity.
Qed.

Lemma from_checked ls ls' q before ps y x : check_from ls ls' q before ps = true -> lifted q before y x ->
  forall j, eval ls x j = eval ls' y j.
Proof.
  revert ls' q before ps y x. induction ls as [|l ls IH]; intros [|l' ls'] q before [|[q' after] ps] y x ok L j;
    simpl in ok; try discriminate.
  apply andb_prop in ok. destruct ok as [one ok].
  destruct (layer_checked _ _ _ _ _ _ _ _ one L) as [len [Q L']].
  assert (go : check_from ls ls' q' after ps = true -> eval (l :: ls) x j = eval (l' :: ls') y j).
  { intros rest. simpl. exact (IH _ _ _ _ _ _ rest L' j). }
  destruct ls as [|l2 ls], ls' as [|l2' ls'], ps as [|p2 ps]; try (apply go; exact ok).
  apply andb_prop in ok. destruct ok as [same len']. apply same_length_spec in len'. simpl.
  apply (last_checked _ _ q' after); assumption.
Qed.

Theorem sparse_network ls ls' ps : check_network ls ls' ps = true -> forall x j, eval ls x j = eval ls' x j.
Proof.
  unfold check_network. destruct ps as [|[q before] ps]; [discriminate|]. intros ok x.
  apply andb_prop in ok. destruct ok as [same ok].
  assert (Q : (0 < q)%Z).
  { destruct ls as [|l ls], ls' as [|l' ls'], ps as [|[q' after] ps]; simpl in ok; try discriminate.
    apply andb_prop in ok. destruct ok as [ok _]. unfold check_layer in ok.
    repeat (apply andb_prop in ok; destruct ok as [ok ?]). apply Z.ltb_lt. assumption. }
  apply (from_checked _ _ _ _ _ _ _ ok). intros t p E. apply (identity_at _ _ _ _ same) in E. subst p. simpl.
  apply IZR_lt in Q. field. lra.
Qed.
