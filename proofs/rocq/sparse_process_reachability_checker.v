(* A verified checker for bounds on the probability of reaching a label in decision processes.

   As in sparse_reachability_checker.v, column 0 of the states is the label. Of the largest probability no choice of the
   quotient increases the values; of the smallest, one choice of every state does not.

   Notations
     check_process_bound every   the checker; every tells whether the bound is for the largest probability
     optimum every               the largest or the smallest of some numbers

   Main statements
     process_bound    if the checker accepts: for every k, the optimal probability of reaching the label within k steps *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require Import chain_checker maps sparse_chain_checker sparse_reachability_checker sparse_process_checker.
Import ListNotations.
Local Open Scope R_scope.

Fixpoint some_or_every_below (every : bool) (xs : tree Z) (rows : tree state) (most : Z) (es : list positive) : bool :=
  match es with
  | [] => every
  | e :: es' =>
      if match find e rows with Some r => negb (Z.ltb most (sum_of_values xs (snd r))) | None => false end
      then (if every then some_or_every_below every xs rows most es' else true)
      else (if every then false else some_or_every_below every xs rows most es')
  end.

Fixpoint no_choice_increases (every : bool) (d one below : Z) (xs : tree Z) (owned : tree (list positive))
    (rows : tree state) (c : positive) (ss : list state) (vs : list Z) : bool :=
  match ss, vs with
  | [], [] => true
  | s :: ss', x :: vs' =>
      negb (Z.ltb x 0)
      && match fst s with
         | [] => false
         | v :: _ =>
             if Z.eqb v 0 then some_or_every_below every xs rows (x * below) (held [] c owned)
             else Z.eqb v one && negb (Z.ltb x d)
         end
      && no_choice_increases every d one below xs owned rows (next c) ss' vs'
  | _, _ => false
  end.

Definition check_process_bound (every : bool) (classes es : list positive) (P Q : process) (B : bound) : bool :=
  let xs := numbered (values B) in
  check_process classes es P Q && all_not_negative (states (choices Q))
  && Z.ltb 0 (over B) && Z.ltb 0 (snd (claimed B))
  && match columns (nodes Q) with
     | [] => false
     | one :: _ =>
         no_choice_increases every (over B) one (below (choices Q)) xs (by_owner 1 (owners Q) Leaf)
           (numbered (states (choices Q))) 1 (states (nodes Q)) (values B)
     end
  && bound_start xs B (start (nodes P)) (start (nodes Q)).

Definition optimum (every : bool) : list R -> R := if every then largest else smallest.

Lemma by_owner_only d os m b e : In e (held [] b (by_owner d os m)) ->
  In e (held [] b m) \/ exists i, (i < length os)%nat /\ nth i os 1%positive = b /\ e = Pos.of_nat (Pos.to_nat d + i).
Proof.
  revert d m. induction os as [|o os IH]; intros d m I; simpl in I; [left; exact I|]. apply IH in I.
  destruct I as [I|[i [lt [same E]]]].
  - rewrite held_add in I. destruct (Pos.eqb_spec o b) as [<-|]; [|left; exact I]. destruct I as [<-|I]; [|left; exact I].
    right. exists 0%nat. simpl. rewrite Nat.add_0_r, Pos2Nat.id. split; [lia|]. split; reflexivity.
  - right. exists (S i). simpl. split; [lia|]. split; [exact same|]. rewrite E, next_succ. f_equal. lia.
Qed.

Lemma owned_own Q c e : In e (held [] c (by_owner 1 (owners Q) Leaf)) <-> In e (own Q c).
Proof.
  rewrite own_In. split.
  - intros I. apply by_owner_only in I. destruct I as [I|[i [lt [same E]]]].
    + unfold held in I. rewrite find_leaf in I. destruct I.
    + subst e. split; [apply place_In; exact lt|]. unfold owner. rewrite index_place. exact same.
  - intros [I same]. destruct (place_of_index _ _ I) as [i [lt E]].
    pose proof (by_owner_In 1 (owners Q) Leaf c i lt) as H. unfold owner, at_state in same. rewrite E in same.
    specialize (H same). replace e with (Pos.of_nat (Pos.to_nat 1 + i)); [exact H|].
    apply Pos2Nat.inj. rewrite Nat2Pos.id by lia. rewrite E. reflexivity.
Qed.

Lemma some_or_every_spec every xs M most es :
  some_or_every_below every xs (numbered (states M)) most es = true ->
  if every then forall e, In e es -> (sum_of_values xs (row_of M e) <= most)%Z
  else exists e, In e es /\ (sum_of_values xs (row_of M e) <= most)%Z.
Proof.
  assert (row : forall e, match find e (numbered (states M)) with
      Some r => negb (Z.ltb most (sum_of_values xs (snd r))) | None => false end = true ->
      (sum_of_values xs (row_of M e) <= most)%Z).
  { intros e ok. pose proof (numbered_found _ (states M) no_state e) as F. destruct (find e _) as [r|]; [|discriminate].
    unfold row_of, state_of. rewrite <- F. apply negb_true_iff, Z.ltb_ge in ok. exact ok. }
  induction es as [|e es IH]; simpl; [destruct every; [intros _ e [] | discriminate]|].
  specialize (row e). destruct (match find e _ with Some r => _ | None => _ end).
  - destruct every.
    + intros ok f [<-|I]; [apply row; reflexivity | apply IH; assumption].
    + intros _. exists e. split; [left; reflexivity | apply row; reflexivity].
  - destruct every; [discriminate|]. intros ok. destruct (IH ok) as [f [I le]]. exists f. split; [right; exact I | exact le].
Qed.

Lemma no_choice_increases_spec every d one q xs owned rows c ss vs :
  no_choice_increases every d one q xs owned rows c ss vs = true ->
  length ss = length vs /\ forall i, (i < length ss)%nat ->
  let x := nth i vs 0%Z in
  (0 <= x)%Z /\ exists v rest, fst (nth i ss no_state) = v :: rest
  /\ ((v = 0%Z /\ some_or_every_below every xs rows (x * q) (held [] (Pos.of_nat (Pos.to_nat c + i)) owned) = true)
      \/ (v = one /\ (d <= x)%Z)).
Proof.
  revert c vs. induction ss as [|s ss IH]; intros c [|x vs] ok; simpl in ok; try discriminate; [split; [reflexivity | simpl; lia]|].
  apply andb_prop in ok. destruct ok as [ok rest]. apply andb_prop in ok. destruct ok as [pos here].
  apply IH in rest. destruct rest as [len all]. apply negb_true_iff, Z.ltb_ge in pos. split; [simpl; lia|].
  intros [|i] lt; simpl.
  - split; [exact pos|]. destruct (fst s) as [|v vs']; [discriminate|]. exists v, vs'. split; [reflexivity|].
    destruct (Z.eqb_spec v 0) as [->|n].
    + left. rewrite Nat.add_0_r, Pos2Nat.id. split; [reflexivity | exact here].
    + right. apply andb_prop in here. destruct here as [one_v le]. apply Z.eqb_eq in one_v. apply negb_true_iff, Z.ltb_ge in le.
      split; assumption.
  - specialize (all i ltac:(simpl in lt; lia)). replace (Pos.to_nat c + S i)%nat with (Pos.to_nat (next c) + i)%nat; [exact all|].
    rewrite next_succ. lia.
Qed.

Lemma largest_below xs b : 0 <= b -> (forall x, In x xs -> x <= b) -> largest xs <= b.
Proof. intros pos all. destruct xs as [|x xs]; [exact pos|]. apply all, largest_In. discriminate. Qed.

Lemma smallest_below xs x : In x xs -> smallest xs <= x.
Proof.
  intros I. unfold smallest. pose proof (largest_above (- x) (map Ropp xs) (in_map Ropp _ _ I)). lra.
Qed.

Section Accepted.

Variables (every : bool) (classes es : list positive) (P Q : process) (B : bound).
Hypothesis accepted : check_process_bound every classes es P Q B = true.

Lemma bound_parts : check_process classes es P Q = true /\ all_not_negative (states (choices Q)) = true
  /\ 0 < IZR (over B) /\ 0 < IZR (snd (claimed B)) /\ 0 < IZR (below (choices Q))
  /\ bound_start (numbered (values B)) B (start (nodes P)) (start (nodes Q)) = true
  /\ exists one rest, columns (nodes Q) = one :: rest /\ 0 < IZR one
     /\ no_choice_increases every (over B) one (below (choices Q)) (numbered (values B)) (by_owner 1 (owners Q) Leaf)
          (numbered (states (choices Q))) 1 (states (nodes Q)) (values B) = true.
Proof.
  pose proof accepted as ok. unfold check_process_bound in ok. do 5 (apply andb_prop in ok; destruct ok as [ok ?]).
  rename H into st, H0 into steps, H1 into pc, H2 into po, H3 into nn. apply Z.ltb_lt, IZR_lt in pc, po.
  split; [exact ok|]. split; [exact nn|]. split; [exact po|]. split; [exact pc|].
  unfold check_process in ok. do 5 (apply andb_prop in ok; destruct ok as [ok ?]).
  simpl in H3. apply andb_prop in H3. destruct H3 as [_ H3]. apply andb_prop in H3. destruct H3 as [D _].
  apply Z.ltb_lt, IZR_lt in D. split; [exact D|]. split; [exact st|].
  destruct (all_checked _ _ _ ok) as [_ [_ [_ [C _]]]].
  destruct (columns (nodes Q)) as [|one rest]; [discriminate|]. exists one, rest. split; [reflexivity|].
  simpl in C. apply andb_prop in C. destruct C as [C _]. apply Z.ltb_lt, IZR_lt in C. split; [exact C | exact steps].
Qed.

Lemma one_value_each : length (values B) = size (nodes Q).
Proof.
  destruct bound_parts as [_ [_ [_ [_ [_ [_ [one [rest [_ [_ steps]]]]]]]]]].
  apply no_choice_increases_spec in steps. destruct steps as [len _]. symmetry. exact len.
Qed.

Lemma expected_below e (v : positive -> R) x : (forall t, In t (range (size (nodes Q))) -> v t <= value_at B t) ->
  (sum_of_values (numbered (values B)) (row_of (choices Q) e) <= x * below (choices Q))%Z ->
  expected Q e v <= IZR x / IZR (over B).
Proof.
  intros below_values le. destruct bound_parts as [_ [nn [po [_ [D _]]]]]. unfold expected.
  eapply Rle_trans; [apply total_le; intros t T; apply Rmult_le_compat_l; [|exact (below_values t T)]|].
  - unfold sent. apply Rmult_le_pos; [|left; apply Rinv_0_lt_compat; exact D].
    apply IZR_le, not_negative_weight. apply all_not_negative_row. exact nn.
  - rewrite value_at_total; [|exact one_value_each | lra].
    apply IZR_le in le. rewrite mult_IZR, sum_of_values_total in le. unfold sent.
    rewrite (total_ext _ (fun b => / IZR (below (choices Q)) * (IZR (weight (row_of (choices Q) e) b)
      * IZR (at_state 0%Z (values B) b)))) by (intros b _; unfold Rdiv; ring).
    rewrite total_scale. unfold Rdiv. apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; exact po|].
    apply (Rmult_le_reg_l (IZR (below (choices Q)))); [exact D|]. rewrite <- Rmult_assoc, Rinv_r by lra. lra.
Qed.

Lemma best_below k c : In c (range (size (nodes Q))) ->
  best (reach (optimum every) 0) Q k (fun _ => 0) c <= value_at B c.
Proof.
  destruct bound_parts as [_ [_ [po [_ [_ [_ [one [rest [C [one_pos steps]]]]]]]]]].
  apply no_choice_increases_spec in steps. destruct steps as [len steps].
  assert (pos : forall c, In c (range (size (nodes Q))) -> 0 <= value_at B c).
  { intros b I. apply range_inside in I. destruct (steps _ I) as [x _]. unfold value_at, at_state.
    apply Rmult_le_pos; [apply IZR_le; exact x | left; apply Rinv_0_lt_compat; exact po]. }
  revert c. induction k as [|k IH]; intros c I; [exact (pos c I)|]. simpl.
  pose proof (pos c I) as here. destruct (place_of_index _ _ I) as [i [lt E]].
  destruct (steps i lt) as [_ [v [vs [F cases]]]].
  assert (index : at_state no_state (states (nodes Q)) c = nth i (states (nodes Q)) no_state)
    by (unfold at_state; rewrite E; reflexivity).
  assert (at_c : value_at B c = IZR (nth i (values B) 0%Z) / IZR (over B))
    by (unfold value_at, at_state; rewrite E; reflexivity).
  unfold reach at 1. unfold told, said, state_of. rewrite index, F, C. simpl.
  destruct cases as [[-> ok] | [-> le]].
  - replace (IZR 0 / IZR one) with 0 by (unfold Rdiv; ring). rewrite Rminus_0_r, Rplus_0_l, Rmult_1_l, map_map. simpl.
    replace (Pos.of_nat (Pos.to_nat 1 + i)) with c in ok by (apply Pos2Nat.inj; rewrite Nat2Pos.id by lia; rewrite E; reflexivity).
    pose proof expected_below as sums_below. apply some_or_every_spec in ok. rewrite at_c in *. unfold optimum in *. destruct every.
    + apply largest_below; [exact here|]. intros x X. apply in_map_iff in X. destruct X as [e [<- J]].
      apply sums_below; [exact IH|]. apply ok. apply owned_own. exact J.
    + destruct ok as [e [J le]]. apply owned_own in J.
      eapply Rle_trans; [|exact (sums_below e _ _ IH le)].
      apply smallest_below. apply in_map_iff. exists e. split; [reflexivity | exact J].
  - unfold Rdiv at 1 2. rewrite Rinv_r by lra. rewrite at_c.
    apply IZR_le in le. replace (1 + (1 - 1) * _) with 1 by ring.
    apply (Rmult_le_reg_r (IZR (over B))); [exact po|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

Theorem process_bound u : start (nodes P) = Some u -> forall k,
  total (fun s => distribution u s * best (reach (optimum every) 0) P k (fun _ => 0) s) (range (size (nodes P))) <= at_most B.
Proof.
  intros U k. destruct bound_parts as [ok [_ [po [pc [_ [st _]]]]]].
  assert (lump : check_ordinary classes (nodes P) (nodes Q) = true).
  { unfold check_process in ok. do 5 (apply andb_prop in ok; destruct ok as [ok ?]). exact ok. }
  eapply Rle_trans; [|exact (start_below _ _ _ _ _ lump po pc one_value_each st U)].
  apply total_le. intros s S. apply Rmult_le_compat_l; [exact (start_not_negative _ _ _ _ _ _ lump st U)|].
  eapply Rle_trans; [|apply (best_below k); apply range_In; apply (all_checked _ _ _ lump); exact S].
  right. destruct (process_reach _ _ _ _ ok 0 k s S) as [large small]. unfold optimum. destruct every; assumption.
Qed.

End Accepted.
