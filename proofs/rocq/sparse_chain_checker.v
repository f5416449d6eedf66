(* A verified checker for models on sparse rows: time near linear in the number of transitions.

   A model is a list of states: the values of its columns (labels, 1 or 0, and rewards), each over a denominator of
   the column, and its row over a denominator of the model (as in chain_checker.v; state s is entry s, from 1). If it
   has a start, this is a row over a denominator. Numbers are binary, rows are summed over classes by merging.

   Notations
     same_sums place d d' r r'   r over d, its entries at their places, is r' over d'
     check_ordinary              the checker: a list of classes, a model, and its quotient
     moved k M p                 k steps from p
     lumped classes M p          the sums of p over classes
     distribution u              what a start says
     value M j s                 what column j says of state s
     mean M j p                  the mean of column j under p

   Main statements
     sparse_steps     if the checker accepts: k steps and lumping commute, for every k and start
     sparse_start     from the models' own starts, the quotient has the distribution of the classes after k steps
     sparse_means     every column of the quotient has the mean of that of the model after k steps, for every start *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require Import chain_checker maps.
Import ListNotations.
Local Open Scope R_scope.

Definition state := (list Z * entries)%type.

Record model := Model { below : Z; columns : list Z; states : list state; start : option (Z * entries) }.

Definition same_sums (place : positive -> option positive) (d d' : Z) (r r' : entries) : bool :=
  match onto place d' r [] with
  | None => false
  | Some stack =>
      match onto Some (- d) r' stack with
      | None => false
      | Some both => all_zero (merged both)
      end
  end.

Fixpoint same_values (ds ds' vs vs' : list Z) : bool :=
  match ds, ds', vs, vs' with
  | [], [], [], [] => true
  | d :: ds, d' :: ds', v :: vs, v' :: vs' => Z.eqb (v * d') (v' * d) && same_values ds ds' vs vs'
  | _, _, _, _ => false
  end.

Fixpoint check_states (place : positive -> option positive) (d d' : Z) (ds ds' : list Z)
    (qstates : tree state) (classes : list positive) (ss : list state) : bool :=
  match classes, ss with
  | [], [] => true
  | c :: classes', s :: ss' =>
      match find c qstates with
      | Some s' =>
          same_values ds ds' (fst s) (fst s') && same_sums place d d' (snd s) (snd s')
          && check_states place d d' ds ds' qstates classes' ss'
      | None => false
      end
  | _, _ => false
  end.

Fixpoint all_positive (ds : list Z) : bool :=
  match ds with
  | [] => true
  | d :: ds' => Z.ltb 0 d && all_positive ds'
  end.

Definition check_start (place : positive -> option positive) (u v : option (Z * entries)) : bool :=
  match u, v with
  | None, None => true
  | Some (d, l), Some (d', l') => Z.ltb 0 d && Z.ltb 0 d' && same_sums place d d' l l'
  | _, _ => false
  end.

Definition check_ordinary (classes : list positive) (M Q : model) : bool :=
  let classes_found := numbered classes in
  let place := fun s => find s classes_found in
  all_positive (below M :: below Q :: columns M) && all_positive (columns Q)
  && check_states place (below M) (below Q) (columns M) (columns Q) (numbered (states Q)) classes (states M)
  && check_start place (start M) (start Q).

(* What the lists say. *)
Definition size (M : model) : nat := length (states M).

Definition class_of (classes : list positive) : positive -> positive := at_state 1%positive classes.

Definition no_state : state := ([], []).

Definition state_of (M : model) : positive -> state := at_state no_state (states M).

Definition row_of (M : model) (s : positive) : entries := snd (state_of M s).

Definition distribution (u : Z * entries) (s : positive) : R := IZR (weight (snd u) s) / IZR (fst u).

Definition value (M : model) (j : nat) (s : positive) : R :=
  IZR (nth j (fst (state_of M s)) 0%Z) / IZR (nth j (columns M) 1%Z).

Definition moved (k : nat) (M : model) (p : positive -> R) : positive -> R := steps k (size M) (below M) (row_of M) p.

Definition lumped (classes : list positive) (M : model) (p : positive -> R) : positive -> R :=
  lump (size M) (class_of classes) p.

Definition mean (M : model) (j : nat) (p : positive -> R) : R := total (fun s => p s * value M j s) (range (size M)).

(* Rows. *)
Lemma range_inside n s : In s (range n) -> (pred (Pos.to_nat s) < n)%nat.
Proof.
  intros I. apply in_map_iff in I. destruct I as [i [<- J]]. apply in_seq in J. rewrite Nat2Pos.id by lia. lia.
Qed.

Lemma into_ext cls cls' r c : (forall t, cls t = cls' t) -> into cls r c = into cls' r c.
Proof. intros H. induction r as [|[t w] r IH]; simpl; [reflexivity|]. rewrite H, IH. reflexivity. Qed.

Lemma same_sums_at place d d' r r' : same_sums place d d' r r' = true ->
  (forall t, In t (map fst r) -> place t <> None)
  /\ forall c, (into (placed_at place 1) r c * d' = weight r' c * d)%Z.
Proof.
  unfold same_sums. destruct (onto _ d' r []) as [stack|] eqn:E; [|discriminate].
  destruct (onto Some (- d) r' stack) as [both|] eqn:E'; [|discriminate]. intros ok.
  apply (onto_weight _ _ _ 1%positive) in E, E'. destruct E as [ins sums], E' as [_ sums']. split; [exact ins|].
  intros c. apply (all_zero_weight _ c) in ok. rewrite merged_weight, sums', sums, into_itself in ok. simpl in ok. lia.
Qed.

Lemma same_sums_spec classes d d' r r' : same_sums (fun s => find s (numbered classes)) d d' r r' = true ->
  inside (length classes) r = true /\ forall c, (into (class_of classes) r c * d' = weight r' c * d)%Z.
Proof.
  intros ok. apply same_sums_at in ok. destruct ok as [ins sums]. split.
  - apply forallb_forall. intros e I. apply Nat.leb_le. apply numbered_inside. apply ins. apply in_map. exact I.
  - intros c. rewrite <- sums. f_equal. apply into_ext. intros t. symmetry. apply numbered_found.
Qed.

Lemma check_states_length place d d' ds ds' m classes ss : check_states place d d' ds ds' m classes ss = true ->
  length ss = length classes.
Proof.
  revert classes. induction ss as [|s ss IH]; intros [|c classes] ok; simpl in *; try discriminate; [reflexivity|].
  destruct (find c m); [|discriminate]. apply andb_prop in ok. destruct ok as [_ ok]. f_equal. apply IH. exact ok.
Qed.

Lemma check_states_spec place d d' ds ds' qstates classes ss :
  check_states place d d' ds ds' (numbered qstates) classes ss = true -> forall i, (i < length ss)%nat ->
  let c := nth i classes 1%positive in
  (Pos.to_nat c <= length qstates)%nat
  /\ same_values ds ds' (fst (nth i ss no_state)) (fst (at_state no_state qstates c)) = true
  /\ same_sums place d d' (snd (nth i ss no_state)) (snd (at_state no_state qstates c)) = true.
Proof.
  revert classes. induction ss as [|s ss IH]; intros [|c classes] ok i lt; simpl in *; try lia; try discriminate.
  destruct (find c (numbered qstates)) as [s'|] eqn:E; [|discriminate].
  apply andb_prop in ok. destruct ok as [ok rest]. apply andb_prop in ok. destruct ok as [values sums].
  destruct i as [|i]; [|apply IH; [exact rest | lia]]. split.
  - apply numbered_inside. rewrite E. discriminate.
  - rewrite <- numbered_found, E. split; assumption.
Qed.

Lemma all_checked classes M Q : check_ordinary classes M Q = true ->
  (0 < below M)%Z /\ (0 < below Q)%Z /\ all_positive (columns M) = true /\ all_positive (columns Q) = true
  /\ size M = length classes
  /\ forall s, In s (range (size M)) -> let c := class_of classes s in
     (Pos.to_nat c <= size Q)%nat
     /\ same_values (columns M) (columns Q) (fst (state_of M s)) (fst (state_of Q c)) = true
     /\ inside (size M) (row_of M s) = true
     /\ forall b, (into (class_of classes) (row_of M s) b * below Q = weight (row_of Q c) b * below M)%Z.
Proof.
  unfold check_ordinary. intros ok. apply andb_prop in ok. destruct ok as [ok _]. apply andb_prop in ok.
  destruct ok as [ok all]. simpl in ok. repeat (apply andb_prop in ok; destruct ok as [ok ?]).
  apply andb_prop in H0. destruct H0 as [D' ds]. apply Z.ltb_lt in ok, D'.
  pose proof (check_states_length _ _ _ _ _ _ _ _ all) as len. repeat (split; [assumption|]).
  intros s S. apply range_inside in S.
  destruct (check_states_spec _ _ _ _ _ _ _ _ all _ S) as [le [values sums]]. apply same_sums_spec in sums.
  rewrite <- len in sums. split; [exact le|]. split; [exact values | exact sums].
Qed.

Lemma dense_checked classes M Q : check_ordinary classes M Q = true ->
  check (size M) (size Q) (below M) (below Q) (class_of classes) (row_of M) (row_of Q) = true.
Proof.
  intros ok. destruct (all_checked _ _ _ ok) as [D [D' [_ [_ [_ all]]]]]. unfold check.
  apply andb_true_intro. split; [apply andb_true_intro; split; apply Z.ltb_lt; assumption|].
  apply forallb_forall. intros s S. destruct (all s S) as [le [_ [ins sums]]].
  apply andb_true_intro. split; [apply Nat.leb_le; exact le|]. unfold check_row. rewrite ins. simpl.
  apply forallb_forall. intros c _. apply Z.eqb_eq. apply sums.
Qed.

Theorem sparse_steps classes M Q : check_ordinary classes M Q = true ->
  forall k p c, lumped classes M (moved k M p) c = moved k Q (lumped classes M p) c.
Proof. intros ok. exact (chain_checked _ _ _ _ _ _ _ (dense_checked _ _ _ ok)). Qed.

(* Starts. *)
Lemma start_lumped classes M Q u v : check_ordinary classes M Q = true -> start M = Some u -> start Q = Some v ->
  forall c, lumped classes M (distribution u) c = distribution v c.
Proof.
  intros ok U V c. destruct (all_checked _ _ _ ok) as [_ [_ [_ [_ [len _]]]]].
  unfold check_ordinary in ok. apply andb_prop in ok. destruct ok as [_ ok].
  rewrite U, V in ok. destruct u as [d l], v as [d' l']. simpl in ok.
  repeat (apply andb_prop in ok; destruct ok as [ok ?]). apply Z.ltb_lt, IZR_lt in ok, H0.
  apply same_sums_spec in H. destruct H as [ins same]. specialize (same c).
  apply (f_equal IZR) in same. rewrite !mult_IZR in same. rewrite <- len in ins.
  assert (E : lumped classes M (distribution (d, l)) c = IZR (into (class_of classes) l c) / IZR d).
  { rewrite (into_total (size M)) by exact ins. unfold lumped, lump, Rdiv.
    rewrite Rmult_comm, <- total_scale. apply total_ext. intros s _. unfold distribution, Rdiv. simpl.
    destruct (Pos.eqb (class_of classes s) c); ring. }
  rewrite E. unfold distribution. simpl.
  replace (IZR (into (class_of classes) l c) / IZR d)
    with (IZR (into (class_of classes) l c) * IZR d' / (IZR d * IZR d')) by (field; lra).
  rewrite same. field. lra.
Qed.

Theorem sparse_start classes M Q u : check_ordinary classes M Q = true -> start M = Some u ->
  exists v, start Q = Some v
  /\ forall k c, lumped classes M (moved k M (distribution u)) c = moved k Q (distribution v) c.
Proof.
  intros ok U. destruct (start Q) as [v|] eqn:V.
  - exists v. split; [reflexivity|]. intros k c. rewrite (sparse_steps _ _ _ ok). unfold moved.
    apply steps_ext. apply (start_lumped _ _ _ _ _ ok U V).
  - exfalso. unfold check_ordinary in ok. rewrite U, V in ok. simpl in ok. destruct u.
    rewrite !andb_false_r in ok. discriminate.
Qed.

(* Columns. *)
Lemma same_values_spec ds ds' vs vs' : same_values ds ds' vs vs' = true ->
  length ds = length ds' /\ forall j, (j < length ds)%nat -> (nth j vs 0 * nth j ds' 1 = nth j vs' 0 * nth j ds 1)%Z.
Proof.
  revert ds' vs vs'. induction ds as [|d ds IH]; intros [|d' ds'] [|v vs] [|v' vs'] ok; simpl in ok; try discriminate.
  - split; [reflexivity|]. simpl. lia.
  - apply andb_prop in ok. destruct ok as [one ok]. apply IH in ok. destruct ok as [len all]. simpl. split; [lia|].
    intros [|j] lt; [apply Z.eqb_eq; exact one | apply all; lia].
Qed.

Lemma all_positive_nth ds j : all_positive ds = true -> (0 < nth j ds 1)%Z.
Proof.
  revert j. induction ds as [|d ds IH]; simpl; intros j ok; [destruct j; reflexivity|].
  apply andb_prop in ok. destruct ok as [pos ok]. destruct j as [|j]; [apply Z.ltb_lt; exact pos | apply IH; exact ok].
Qed.

Lemma value_constant classes M Q j s : check_ordinary classes M Q = true -> In s (range (size M)) ->
  (j < length (columns M))%nat -> value M j s = value Q j (class_of classes s).
Proof.
  intros ok S lt. destruct (all_checked _ _ _ ok) as [_ [_ [D [D' [_ all]]]]].
  destruct (all s S) as [_ [values _]]. apply same_values_spec in values. destruct values as [_ values].
  specialize (values j lt). apply (all_positive_nth _ j), IZR_lt in D, D'. apply (f_equal IZR) in values.
  rewrite !mult_IZR in values. unfold value.
  replace (IZR (nth j (fst (state_of M s)) 0%Z) / IZR (nth j (columns M) 1%Z))
    with (IZR (nth j (fst (state_of M s)) 0%Z) * IZR (nth j (columns Q) 1%Z)
          / (IZR (nth j (columns M) 1%Z) * IZR (nth j (columns Q) 1%Z))) by (field; lra).
  rewrite values. field. lra.
Qed.

Lemma mean_lumped classes M Q j p : check_ordinary classes M Q = true -> (j < length (columns M))%nat ->
  mean M j p = mean Q j (lumped classes M p).
Proof.
  intros ok lt. destruct (all_checked _ _ _ ok) as [_ [_ [_ [_ [_ all]]]]]. unfold mean, lumped, lump.
  transitivity (total (fun c => total (fun s => if Pos.eqb (class_of classes s) c
      then p s * value Q j (class_of classes s) else 0) (range (size M))) (range (size Q))).
  - rewrite <- (total_swap (fun s c => if Pos.eqb (class_of classes s) c then p s * value Q j (class_of classes s) else 0)).
    apply total_ext. intros s S. rewrite total_one.
    + f_equal. apply value_constant; assumption.
    + apply range_NoDup.
    + apply range_In. exact (proj1 (all s S)).
  - apply total_ext. intros c _. rewrite Rmult_comm, <- total_scale. apply total_ext. intros s _.
    destruct (Pos.eqb_spec (class_of classes s) c) as [<-|]; ring.
Qed.

Theorem sparse_means classes M Q : check_ordinary classes M Q = true ->
  forall k p j, (j < length (columns M))%nat ->
  mean M j (moved k M p) = mean Q j (moved k Q (lumped classes M p)).
Proof.
  intros ok k p j lt. rewrite (mean_lumped _ _ _ _ _ ok lt). unfold mean. apply total_ext. intros c _.
  rewrite (sparse_steps _ _ _ ok). reflexivity.
Qed.
