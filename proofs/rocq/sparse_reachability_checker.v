(* A verified checker for bounds on the probability of reaching a label: values of the quotient bound the original.

   Column 0 of both models is the label. The bound has a value for each class, over one denominator, and the
   probability that is claimed. No step of the quotient increases the values, so none of the original does (T20_upper).

   Notations
     check_bound               the checker: classes, a model, its quotient, and a bound
     hits M s                  whether state s has the label
     reach M k s               the probability of reaching the label within k steps from s
     reaches M k u             the same from a start
     at_most B                 the probability that is claimed

   Main statements
     bound_within     if the checker accepts: for every k, within k steps from the model's start
     bound_reached    so the probability of reaching the label, which is the limit, is at most the bound *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require Import chain_checker maps sparse_chain_checker.
Import ListNotations.
Local Open Scope R_scope.

Record bound := Bound { over : Z; values : list Z; claimed : Z * Z }.

Fixpoint not_negative (r : entries) : bool :=
  match r with
  | [] => true
  | (_, w) :: r' => negb (Z.ltb w 0) && not_negative r'
  end.

Fixpoint all_not_negative (ss : list state) : bool :=
  match ss with
  | [] => true
  | s :: ss' => not_negative (snd s) && all_not_negative ss'
  end.

Fixpoint sum_of_values (xs : tree Z) (r : entries) : Z :=
  match r with
  | [] => 0%Z
  | (t, w) :: r' => (match find t xs with Some x => w * x | None => 0 end + sum_of_values xs r')%Z
  end.

Definition hit (s : state) : bool := match fst s with [] => false | v :: _ => negb (Z.eqb v 0) end.

Fixpoint no_step_increases (d below : Z) (xs : tree Z) (ss : list state) (vs : list Z) : bool :=
  match ss, vs with
  | [], [] => true
  | s :: ss', x :: vs' =>
      negb (Z.ltb x 0)
      && (if hit s then negb (Z.ltb x d) else negb (Z.ltb (x * below) (sum_of_values xs (snd s))))
      && no_step_increases d below xs ss' vs'
  | _, _ => false
  end.

Definition bound_start (xs : tree Z) (B : bound) (u v : option (Z * entries)) : bool :=
  match u, v with
  | Some (_, l), Some (d, l') =>
      not_negative l
      && negb (Z.ltb (fst (claimed B) * (d * over B)) (sum_of_values xs l' * snd (claimed B)))
  | _, _ => false
  end.

Definition check_bound (classes : list positive) (M Q : model) (B : bound) : bool :=
  let xs := numbered (values B) in
  check_ordinary classes M Q && all_not_negative (states M)
  && Z.ltb 0 (over B) && Z.ltb 0 (snd (claimed B))
  && no_step_increases (over B) (below Q) xs (states Q) (values B)
  && bound_start xs B (start M) (start Q).

(* What it is about. *)
Definition hits (M : model) (s : positive) : bool := hit (state_of M s).

Fixpoint reach (M : model) (k : nat) (s : positive) : R :=
  if hits M s then 1 else
  match k with
  | O => 0
  | S k' => total (fun t => IZR (weight (row_of M s) t) / IZR (below M) * reach M k' t) (range (size M))
  end.

Definition reaches (M : model) (k : nat) (u : Z * entries) : R :=
  total (fun s => distribution u s * reach M k s) (range (size M)).

Definition at_most (B : bound) : R := IZR (fst (claimed B)) / IZR (snd (claimed B)).

Definition value_at (B : bound) (c : positive) : R := IZR (at_state 0%Z (values B) c) / IZR (over B).

(* Sums. *)
Lemma total_le f g l : (forall s, In s l -> f s <= g s) -> total f l <= total g l.
Proof.
  induction l as [|s l IH]; simpl; intros H; [lra|].
  pose proof (H s (or_introl eq_refl)). pose proof (IH (fun t I => H t (or_intror I))). lra.
Qed.

Lemma total_lumped n m cls (p x : positive -> R) : (forall s, In s (range n) -> (Pos.to_nat (cls s) <= m)%nat) ->
  total (fun s => p s * x (cls s)) (range n) = total (fun c => lump n cls p c * x c) (range m).
Proof.
  intros le. unfold lump.
  transitivity (total (fun c => total (fun s => if Pos.eqb (cls s) c then p s * x (cls s) else 0) (range n)) (range m)).
  - rewrite <- (total_swap (fun s c => if Pos.eqb (cls s) c then p s * x (cls s) else 0)).
    apply total_ext. intros s S. rewrite total_one; [reflexivity | apply range_NoDup |]. apply range_In. apply le. exact S.
  - apply total_ext. intros c _. rewrite Rmult_comm, <- total_scale. apply total_ext. intros s _.
    destruct (Pos.eqb_spec (cls s) c) as [<-|]; ring.
Qed.

Lemma sum_of_values_total (vs : list Z) r :
  IZR (sum_of_values (numbered vs) r) = total (fun c => IZR (weight r c) * IZR (at_state 0%Z vs c)) (range (length vs)).
Proof.
  induction r as [|[t w] r IH]; simpl.
  - rewrite (total_ext _ (fun _ => 0)); [rewrite total_zero; reflexivity|]. intros c _. ring.
  - rewrite plus_IZR, IH.
    rewrite (total_ext (fun c => IZR (if Pos.eqb t c then (w + weight r c)%Z else weight r c) * IZR (at_state 0%Z vs c))
      (fun c => (if Pos.eqb t c then IZR w * IZR (at_state 0%Z vs t) else 0) + IZR (weight r c) * IZR (at_state 0%Z vs c))).
    + rewrite total_plus. f_equal. pose proof (numbered_found _ vs 0%Z t) as F.
      destruct (find t (numbered vs)) as [x|] eqn:E.
      * rewrite total_one; [rewrite mult_IZR, F; reflexivity | apply range_NoDup |].
        apply range_In, numbered_inside. rewrite E. discriminate.
      * rewrite (total_ext _ (fun _ => 0)); [rewrite total_zero; reflexivity|]. intros c _.
        rewrite <- F. destruct (Pos.eqb t c); ring.
    + intros c _. destruct (Pos.eqb_spec t c) as [->|]; [rewrite plus_IZR|]; ring.
Qed.

Lemma not_negative_weight r t : not_negative r = true -> (0 <= weight r t)%Z.
Proof.
  induction r as [|[u w] r IH]; simpl; intros ok; [lia|]. apply andb_prop in ok. destruct ok as [one ok].
  apply negb_true_iff, Z.ltb_ge in one. specialize (IH ok). destruct (Pos.eqb u t); lia.
Qed.

Lemma all_not_negative_row ss i : all_not_negative ss = true -> not_negative (snd (nth i ss no_state)) = true.
Proof.
  revert i. induction ss as [|s ss IH]; simpl; intros i ok; [destruct i; reflexivity|].
  apply andb_prop in ok. destruct ok as [one ok]. destruct i as [|i]; [exact one | apply IH; exact ok].
Qed.

Lemma no_step_increases_spec d q xs ss vs : no_step_increases d q xs ss vs = true ->
  length ss = length vs /\ forall i, (i < length ss)%nat ->
  let s := nth i ss no_state in let x := nth i vs 0%Z in
  (0 <= x)%Z /\ (hit s = true -> (d <= x)%Z) /\ (hit s = false -> (sum_of_values xs (snd s) <= x * q)%Z).
Proof.
  revert vs. induction ss as [|s ss IH]; intros [|x vs] ok; simpl in ok; try discriminate.
  - split; [reflexivity|]. simpl. lia.
  - apply andb_prop in ok. destruct ok as [ok rest]. apply andb_prop in ok. destruct ok as [pos one].
    apply IH in rest. destruct rest as [len all]. split; [simpl; lia|]. apply negb_true_iff, Z.ltb_ge in pos.
    intros [|i] lt; simpl; [|apply all; simpl in lt; lia].
    destruct (hit s); apply negb_true_iff, Z.ltb_ge in one; repeat split; intros; try discriminate; assumption.
Qed.

(* What the checker has seen. *)
Record seen (classes : list positive) (M Q : model) (B : bound) : Prop := Seen {
  is_lumping : check_ordinary classes M Q = true;
  weights : forall s t, 0 <= IZR (weight (row_of M s) t) / IZR (below M);
  positive_over : 0 < IZR (over B);
  positive_claimed : 0 < IZR (snd (claimed B));
  one_each : length (values B) = size Q;
  of_class : forall c, In c (range (size Q)) ->
    0 <= value_at B c /\ (hits Q c = true -> 1 <= value_at B c)
    /\ (hits Q c = false ->
        total (fun b => IZR (weight (row_of Q c) b) / IZR (below Q) * value_at B b) (range (size Q)) <= value_at B c);
  starts : bound_start (numbered (values B)) B (start M) (start Q) = true
}.

Lemma value_at_total (B : bound) (w : positive -> R) n : length (values B) = n -> IZR (over B) <> 0 ->
  total (fun b => w b * value_at B b) (range n)
    = total (fun b => w b * IZR (at_state 0%Z (values B) b)) (range (length (values B))) / IZR (over B).
Proof.
  intros <- some. unfold Rdiv. rewrite Rmult_comm, <- total_scale. apply total_ext. intros b _.
  unfold value_at, Rdiv. ring.
Qed.

Lemma checked_seen classes M Q B : check_bound classes M Q B = true -> seen classes M Q B.
Proof.
  unfold check_bound. intros ok. do 5 (apply andb_prop in ok; destruct ok as [ok ?]).
  rename H into st, H0 into steps, H1 into pc, H2 into po, H3 into nn.
  apply Z.ltb_lt, IZR_lt in pc, po. destruct (all_checked _ _ _ ok) as [D [D' _]]. apply IZR_lt in D, D'.
  apply no_step_increases_spec in steps. destruct steps as [len steps].
  split; try assumption; [| symmetry; exact len |].
  - intros s t. apply Rmult_le_pos; [|left; apply Rinv_0_lt_compat; exact D].
    apply IZR_le, not_negative_weight. unfold row_of, state_of, at_state. apply all_not_negative_row. exact nn.
  - intros c C. apply range_inside in C. destruct (steps _ C) as [pos [one step]].
    unfold value_at, hits, state_of, row_of, state_of, at_state in *.
    repeat split.
    + apply Rmult_le_pos; [apply IZR_le; exact pos | left; apply Rinv_0_lt_compat; exact po].
    + intros h. apply one in h. apply IZR_le in h. apply (Rmult_le_reg_r (IZR (over B))); [exact po|].
      unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
    + intros h. apply step in h. apply IZR_le in h. rewrite mult_IZR, sum_of_values_total in h.
      pose proof (value_at_total B (fun b => IZR (weight (snd (nth (pred (Pos.to_nat c)) (states Q) no_state)) b) / IZR (below Q))
        (size Q) (eq_sym len)) as T. unfold value_at, at_state in T. rewrite T by lra. clear T.
      rewrite (total_ext _ (fun b => / IZR (below Q) * (IZR (weight (snd (nth (pred (Pos.to_nat c)) (states Q) no_state)) b)
        * IZR (nth (pred (Pos.to_nat b)) (values B) 0%Z)))) by (intros b _; unfold Rdiv; ring).
      rewrite total_scale. unfold Rdiv. apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; exact po|].
      apply (Rmult_le_reg_l (IZR (below Q))); [exact D'|]. rewrite <- Rmult_assoc, Rinv_r by lra.
      unfold at_state in h. lra.
Qed.

(* The label of a state is that of its class. *)
Lemma hits_class classes M Q s : check_ordinary classes M Q = true -> In s (range (size M)) ->
  hits M s = hits Q (class_of classes s).
Proof.
  intros ok S. destruct (all_checked _ _ _ ok) as [_ [_ [P [P' [_ all]]]]]. destruct (all s S) as [_ [same _]].
  unfold hits, hit. destruct (columns M) as [|d ds], (columns Q) as [|d' ds'],
    (fst (state_of M s)) as [|v vs], (fst (state_of Q (class_of classes s))) as [|v' vs']; simpl in same;
    try discriminate; [reflexivity|].
  simpl in P, P'. apply andb_prop in same, P, P'. destruct same as [same _], P as [P _], P' as [P' _].
  apply Z.eqb_eq in same. apply Z.ltb_lt in P, P'. f_equal.
  destruct (Z.eqb_spec v 0) as [->|n], (Z.eqb_spec v' 0) as [->|n']; try reflexivity; exfalso; nia.
Qed.

(* No step of the model increases the values of the classes of states. *)
Lemma no_step_of_model classes M Q B s : seen classes M Q B -> In s (range (size M)) -> hits M s = false ->
  total (fun t => IZR (weight (row_of M s) t) / IZR (below M) * value_at B (class_of classes t)) (range (size M))
    <= value_at B (class_of classes s).
Proof.
  intros H S no. destruct (all_checked _ _ _ (is_lumping _ _ _ _ H)) as [D [D' [_ [_ [_ all]]]]].
  apply IZR_lt in D, D'. destruct (all s S) as [le [_ [ins sums]]]. apply range_In in le.
  rewrite (hits_class _ _ _ _ (is_lumping _ _ _ _ H) S) in no.
  destruct (of_class _ _ _ _ H _ le) as [_ [_ step]]. specialize (step no). eapply Rle_trans; [|exact step].
  rewrite (total_lumped _ (size Q)) by (intros t T; apply (all t T)). right. apply total_ext. intros b _. f_equal.
  specialize (sums b). apply (f_equal IZR) in sums. rewrite !mult_IZR in sums.
  assert (E : lump (size M) (class_of classes) (fun t => IZR (weight (row_of M s) t) / IZR (below M)) b
              = IZR (into (class_of classes) (row_of M s) b) / IZR (below M)).
  { rewrite (into_total (size M)) by exact ins. unfold lump, Rdiv. rewrite Rmult_comm, <- total_scale.
    apply total_ext. intros t _. destruct (Pos.eqb (class_of classes t) b); ring. }
  rewrite E. apply (Rmult_eq_reg_r (IZR (below M) * IZR (below Q))); [|apply Rmult_integral_contrapositive; split; lra].
  unfold Rdiv. transitivity (IZR (into (class_of classes) (row_of M s) b) * IZR (below Q)); [field; lra|].
  rewrite sums. field; lra.
Qed.

Lemma reach_below classes M Q B : seen classes M Q B -> forall k s, In s (range (size M)) ->
  reach M k s <= value_at B (class_of classes s).
Proof.
  intros H k. induction k as [|k IH]; intros s S; simpl; destruct (hits M s) eqn:h.
  1, 3: rewrite (hits_class _ _ _ _ (is_lumping _ _ _ _ H) S) in h; apply (of_class _ _ _ _ H); [|exact h];
    apply range_In; apply (all_checked _ _ _ (is_lumping _ _ _ _ H)); exact S.
  - apply (of_class _ _ _ _ H). apply range_In. apply (all_checked _ _ _ (is_lumping _ _ _ _ H)). exact S.
  - eapply Rle_trans; [|exact (no_step_of_model _ _ _ _ _ H S h)]. apply total_le. intros t T.
    apply Rmult_le_compat_l; [apply (weights _ _ _ _ H) | apply IH; exact T].
Qed.

Lemma distribution_not_negative d l s : not_negative l = true -> 0 < IZR d -> 0 <= distribution (d, l) s.
Proof.
  intros nn pos. unfold distribution. simpl.
  apply Rmult_le_pos; [apply IZR_le, not_negative_weight; exact nn | left; apply Rinv_0_lt_compat; exact pos].
Qed.

Lemma start_not_negative classes M Q B u s : check_ordinary classes M Q = true ->
  bound_start (numbered (values B)) B (start M) (start Q) = true -> start M = Some u -> 0 <= distribution u s.
Proof.
  intros lump st U. unfold check_ordinary in lump. apply andb_prop in lump.
  destruct lump as [_ lump]. rewrite U in st, lump. destruct u as [d l], (start Q) as [[d' l']|]; simpl in *; try discriminate.
  repeat (apply andb_prop in lump; destruct lump as [lump ?]). apply andb_prop in st. destruct st as [nn _].
  apply distribution_not_negative; [exact nn | apply IZR_lt, Z.ltb_lt; exact lump].
Qed.

(* The mean of the values of classes under the start. *)
Lemma start_below classes M Q B u : check_ordinary classes M Q = true -> 0 < IZR (over B) ->
  0 < IZR (snd (claimed B)) -> length (values B) = size Q ->
  bound_start (numbered (values B)) B (start M) (start Q) = true -> start M = Some u ->
  total (fun s => distribution u s * value_at B (class_of classes s)) (range (size M)) <= at_most B.
Proof.
  intros lump po pc len st U. destruct (sparse_start _ _ _ _ lump U) as [v [V _]].
  rewrite (total_lumped _ (size Q)) by (intros s S; apply (all_checked _ _ _ lump); exact S).
  rewrite (total_ext _ (fun c => distribution v c * value_at B c))
    by (intros c _; f_equal; exact (start_lumped _ _ _ _ _ lump U V c)).
  rewrite value_at_total; [|exact len | lra].
  unfold check_ordinary in lump. apply andb_prop in lump. destruct lump as [_ lump].
  rewrite U, V in st, lump. destruct u as [d l], v as [d' l']. simpl in st, lump.
  repeat (apply andb_prop in lump; destruct lump as [lump ?]). apply Z.ltb_lt, IZR_lt in H0.
  apply andb_prop in st. destruct st as [_ st]. apply negb_true_iff, Z.ltb_ge, IZR_le in st.
  rewrite !mult_IZR, sum_of_values_total in st. unfold distribution, at_most. simpl.
  rewrite (total_ext _ (fun c => / IZR d' * (IZR (weight l' c) * IZR (at_state 0%Z (values B) c))))
    by (intros c _; unfold Rdiv; ring).
  rewrite total_scale. set (T := total _ _) in *.
  apply (Rmult_le_reg_r (IZR d' * IZR (over B) * IZR (snd (claimed B))));
    [repeat apply Rmult_lt_0_compat; assumption|].
  replace (/ IZR d' * T / IZR (over B) * (IZR d' * IZR (over B) * IZR (snd (claimed B))))
    with (T * IZR (snd (claimed B))) by (field; lra).
  replace (IZR (fst (claimed B)) / IZR (snd (claimed B)) * (IZR d' * IZR (over B) * IZR (snd (claimed B))))
    with (IZR (fst (claimed B)) * (IZR d' * IZR (over B))) by (field; lra).
  exact st.
Qed.

Theorem bound_within classes M Q B : check_bound classes M Q B = true ->
  forall u, start M = Some u -> forall k, reaches M k u <= at_most B.
Proof.
  intros ok u U k. pose proof (checked_seen _ _ _ _ ok) as H. pose proof (is_lumping _ _ _ _ H) as lump.
  eapply Rle_trans; [apply total_le; intros s S; apply Rmult_le_compat_l;
    [exact (start_not_negative _ _ _ _ _ _ lump (starts _ _ _ _ H) U) | exact (reach_below _ _ _ _ H k s S)]|].
  exact (start_below _ _ _ _ _ lump (positive_over _ _ _ _ H) (positive_claimed _ _ _ _ H) (one_each _ _ _ _ H)
    (starts _ _ _ _ H) U).
Qed.

(* More steps reach the label at least as likely. *)
Lemma reach_grows classes M Q B : seen classes M Q B -> forall k s, 0 <= reach M k s <= reach M (S k) s.
Proof.
  intros H k. pose proof (weights _ _ _ _ H) as w. induction k as [|k IH]; intros s.
  - simpl. destruct (hits M s); [lra|]. split; [lra|].
    apply (Rle_trans _ (total (fun _ => 0) (range (size M)))); [right; symmetry; apply total_zero|].
    apply total_le. intros t _. apply Rmult_le_pos; [apply w|]. destruct (hits M t); lra.
  - split; [eapply Rle_trans; apply IH|].
    change (reach M (S k) s) with (if hits M s then 1 else
      total (fun t => IZR (weight (row_of M s) t) / IZR (below M) * reach M k t) (range (size M))).
    change (reach M (S (S k)) s) with (if hits M s then 1 else
      total (fun t => IZR (weight (row_of M s) t) / IZR (below M) * reach M (S k) t) (range (size M))).
    destruct (hits M s); [lra|]. apply total_le. intros t _. apply Rmult_le_compat_l; [apply w | apply IH].
Qed.

Theorem bound_reached classes M Q B : check_bound classes M Q B = true ->
  forall u, start M = Some u -> exists p, Un_cv (fun k => reaches M k u) p /\ p <= at_most B.
Proof.
  intros ok u U. pose proof (checked_seen _ _ _ _ ok) as H.
  assert (grows : Un_growing (fun k => reaches M k u)).
  { intros k. apply total_le. intros s _. apply Rmult_le_compat_l; [exact (start_not_negative _ _ _ _ _ _ (is_lumping _ _ _ _ H) (starts _ _ _ _ H) U)|].
    apply (reach_grows _ _ _ _ H). }
  destruct (growing_cv _ grows) as [p tends].
  - exists (at_most B). intros x [k ->]. exact (bound_within _ _ _ _ ok u U k).
  - exists p. split; [exact tends|]. destruct (Rle_or_lt p (at_most B)) as [le|lt]; [exact le|]. exfalso.
    destruct (tends (p - at_most B)) as [k near]; [lra|]. specialize (near k (le_n k)).
    pose proof (bound_within _ _ _ _ ok u U k). unfold R_dist in near. apply Rabs_def2 in near. lra.
Qed.
