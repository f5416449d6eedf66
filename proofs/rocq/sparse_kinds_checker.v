(* Verified checkers for the other kinds of lumping of chains, on sparse rows: time near linear in the transitions.

   Models, columns and starts are those of sparse_chain_checker.v. Exact lumping is proportional exact lumping with all
   scales 1. Only ratios of scales matter there, so they are integers. Sums into states are those of the turned matrix,
   which is made by going through the rows once.

   Notations
     check_exact         the checker: scales, a list of classes, a model, and its quotient
     check_strict        both with one quotient: ordinary and exact (all scales 1), or proportional exact
     check_proportional  the checker: a denominator d, an integer k(s) for every state, whose scale is then d / k(s)
     mass scales classes c      the sum of the scales of a class
     spread scales classes y    the numbers y of classes, inside each divided as the scales are
     slowed d ks M       the model whose row s is divided by the scale of s
     scale d ks s        d / k(s)

   Main statements
     exact_steps      if the checker accepts: what is spread as the scales are stays so, and its classes follow the quotient
     exact_classes    so the masses of classes are those of the quotient after k steps
     exact_means      every column of the quotient has the mean of that of the model then
     exact_start      the model's own start is spread so, and its classes begin with the quotient's
     strict_steps     if both accept: both, with one quotient; for the rest it is enough that
     strict_both      each of both accepts then
     proportional_steps       k steps of the slowed model and lumping commute
     proportional_means       every column of the quotient has the mean of that of the model then
     proportional_flow        one step of the model, lumped, is one of the quotient from what is multiplied by the scales
     proportional_stationary  so what is stationary in the model is, multiplied by the scales, stationary in the quotient *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require Import chain_checker maps sparse_chain_checker.
Import ListNotations.
Local Open Scope R_scope.

(* What computes. *)
Fixpoint counted {A : Type} (t : positive) (l : list A) : list positive :=
  match l with
  | [] => []
  | _ :: l' => t :: counted (next t) l'
  end.

(* k times a list of numbers, added to another. *)
Fixpoint plus (k : Z) (vs sums : list Z) : list Z :=
  match vs, sums with
  | [], _ => sums
  | v :: vs', [] => (k * v)%Z :: plus k vs' []
  | v :: vs', a :: sums' => (k * v + a)%Z :: plus k vs' sums'
  end.

Definition nothing : Z * list Z := (0%Z, []).

(* For every class the sum of the scales, and the sums of its columns, each state times its scale. *)
Fixpoint gather (classes : list positive) (scales : list Z) (ss : list state) (m : tree (Z * list Z)) : tree (Z * list Z) :=
  match classes, scales, ss with
  | c :: classes', k :: scales', s :: ss' =>
      let found := held nothing c m in
      gather classes' scales' ss' (add c ((k + fst found)%Z, plus k (fst s) (snd found)) m)
  | _, _, _ => m
  end.

Fixpoint masses (sums : tree (Z * list Z)) (tags : list positive) : list Z :=
  match tags with
  | [] => []
  | c :: tags' => fst (held nothing c sums) :: masses sums tags'
  end.

(* Rows become entries at their targets: what the source is called, and its scale times the weight. *)
Fixpoint turn_row (tag : positive) (k : Z) (r : entries) (m : tree entries) : tree entries :=
  match r with
  | [] => m
  | (t, w) :: r' => turn_row tag k r' (add t ((tag, (k * w)%Z) :: held [] t m) m)
  end.

Fixpoint turn (tags : list positive) (scales : list Z) (ss : list state) (m : tree entries) : tree entries :=
  match tags, scales, ss with
  | tag :: tags', k :: scales', s :: ss' => turn tags' scales' ss' (turn_row tag k (snd s) m)
  | _, _, _ => m
  end.

Fixpoint check_into (sizes : tree Z) (d d' : Z) (into_M into_Q : tree entries) (t : positive) (classes : list positive)
    (scales : list Z) : bool :=
  match classes, scales with
  | [], [] => true
  | c :: classes', k :: scales' =>
      match find c sizes with
      | Some size => same_sums Some (k * d) (size * d') (held [] t into_M) (held [] c into_Q)
      | None => false
      end && check_into sizes d d' into_M into_Q (next t) classes' scales'
  | _, _ => false
  end.

Fixpoint check_values (ds ds' : list Z) (sums : tree (Z * list Z)) (c : positive) (qs : list state) : bool :=
  match qs with
  | [] => true
  | s :: qs' =>
      let found := held nothing c sums in
      same_values ds ds' (snd found) (plus (fst found) (fst s) []) && check_values ds ds' sums (next c) qs'
  end.

Fixpoint weights (r : entries) (m : tree Z) : tree Z :=
  match r with
  | [] => m
  | (t, w) :: r' => weights r' (add t (w + held 0 t m)%Z m)
  end.

Fixpoint check_spread (sizes : tree Z) (d d' : Z) (u v : tree Z) (t : positive) (classes : list positive)
    (scales : list Z) : bool :=
  match classes, scales with
  | [], [] => true
  | c :: classes', k :: scales' =>
      match find c sizes with
      | Some size => Z.eqb (held 0%Z t u * (size * d')) (held 0%Z c v * (k * d))
      | None => false
      end && check_spread sizes d d' u v (next t) classes' scales'
  | _, _ => false
  end.

Definition check_exact_start (sizes : tree Z) (classes : list positive) (scales : list Z) (u v : option (Z * entries)) : bool :=
  match u, v with
  | None, None => true
  | Some (d, l), Some (d', l') =>
      Z.ltb 0 d && Z.ltb 0 d' && check_spread sizes d d' (weights l Leaf) (weights l' Leaf) 1 classes scales
  | _, _ => false
  end.

Definition check_exact (scales : list Z) (classes : list positive) (M Q : model) : bool :=
  let sums := gather classes scales (states M) Leaf in
  let tags := counted 1 (states Q) in
  let found := masses sums tags in
  let sizes := numbered found in
  all_positive (below M :: below Q :: columns M) && all_positive (columns Q) && all_positive scales && all_positive found
  && same_length classes (states M) && same_length scales (states M)
  && check_values (columns M) (columns Q) sums 1 (states Q)
  && check_into sizes (below M) (below Q) (turn classes scales (states M) Leaf) (turn tags found (states Q) Leaf) 1
       classes scales
  && check_exact_start sizes classes scales (start M) (start Q).

Definition unstarted (M : model) : model := Model (below M) (columns M) (states M) None.

Definition check_strict (scales : list Z) (classes : list positive) (M Q : model) : bool :=
  check_ordinary classes M Q && check_exact scales classes (unstarted M) (unstarted Q).

Fixpoint times_row (k : Z) (r : entries) : entries :=
  match r with
  | [] => []
  | (t, w) :: r' => (t, (k * w)%Z) :: times_row k r'
  end.

Fixpoint times_rows (ks : list Z) (ss : list state) : list state :=
  match ks, ss with
  | k :: ks', s :: ss' => (fst s, times_row k (snd s)) :: times_rows ks' ss'
  | _, _ => []
  end.

Definition slowed (d : Z) (ks : list Z) (M : model) : model :=
  Model (below M * d) (columns M) (times_rows ks (states M)) None.

Definition check_proportional (d : Z) (ks : list Z) (classes : list positive) (M Q : model) : bool :=
  Z.ltb 0 d && all_positive ks && same_length ks (states M) && Z.ltb 0 (below M) && check_ordinary classes (slowed d ks M) Q.

(* What the lists say. *)
Definition ratio (scales : list Z) (s : positive) : R := IZR (at_state 1%Z scales s).

Definition mass (scales : list Z) (classes : list positive) (c : positive) : R :=
  total (fun s => if Pos.eqb (class_of classes s) c then ratio scales s else 0) (range (length classes)).

Definition spread (scales : list Z) (classes : list positive) (y : positive -> R) (s : positive) : R :=
  y (class_of classes s) * ratio scales s / mass scales classes (class_of classes s).

Definition scale (d : Z) (ks : list Z) (s : positive) : R := IZR d / IZR (at_state 1%Z ks s).

(* Lists, from the first entry on. *)
Lemma range_more n : range (S n) = 1%positive :: map Pos.succ (range n).
Proof.
  unfold range. simpl. f_equal. rewrite <- seq_shift, !map_map. apply map_ext_in. intros i I. apply in_seq in I.
  destruct i as [|i]; [lia|]. reflexivity.
Qed.

Lemma total_map f g l : total f (map g l) = total (fun s => f (g s)) l.
Proof. induction l as [|s l IH]; simpl; [reflexivity|]. rewrite IH. reflexivity. Qed.

Lemma total_more f n : total f (range (S n)) = f 1%positive + total (fun s => f (Pos.succ s)) (range n).
Proof. rewrite range_more. simpl. rewrite total_map. reflexivity. Qed.

Lemma at_more A (d x : A) l s : at_state d (x :: l) (Pos.succ s) = at_state d l s.
Proof. unfold at_state. rewrite Pos2Nat.inj_succ. simpl. destruct (Pos2Nat.is_succ s) as [m ->]. reflexivity. Qed.

Lemma plus_nth k vs sums j : nth j (plus k vs sums) 0%Z = (k * nth j vs 0 + nth j sums 0)%Z.
Proof.
  revert sums j. induction vs as [|v vs IH]; intros sums j; simpl.
  - destruct j; ring.
  - destruct sums as [|a sums], j as [|j]; simpl; rewrite ?IH; simpl; try ring. destruct j; ring.
Qed.

Lemma gather_mass classes scales ss m c : length classes = length ss -> length scales = length ss ->
  IZR (fst (held nothing c (gather classes scales ss m)))
  = total (fun s => if Pos.eqb (at_state 1%positive classes s) c then ratio scales s else 0) (range (length ss))
    + IZR (fst (held nothing c m)).
Proof.
  revert scales ss m. induction classes as [|b classes IH]; intros [|k scales] [|s ss] m; simpl length; intros L K; try discriminate.
  - simpl. ring.
  - rewrite total_more. simpl gather. rewrite IH by lia. rewrite held_add. unfold ratio at 2. unfold at_state at 2 3. simpl.
    rewrite (total_ext (fun s => if Pos.eqb (at_state _ (b :: classes) (Pos.succ s)) c then ratio (k :: scales) (Pos.succ s) else 0)
      (fun s => if Pos.eqb (at_state 1%positive classes s) c then ratio scales s else 0)).
    + destruct (Pos.eqb_spec b c) as [->|]; simpl; rewrite ?plus_IZR; ring.
    + intros t _. unfold ratio. rewrite !at_more. reflexivity.
Qed.

Lemma gather_value classes scales ss m c j : length classes = length ss -> length scales = length ss ->
  IZR (nth j (snd (held nothing c (gather classes scales ss m))) 0%Z)
  = total (fun s => if Pos.eqb (at_state 1%positive classes s) c
                    then ratio scales s * IZR (nth j (fst (at_state no_state ss s)) 0%Z) else 0) (range (length ss))
    + IZR (nth j (snd (held nothing c m)) 0%Z).
Proof.
  revert scales ss m. induction classes as [|b classes IH]; intros [|k scales] [|s ss] m; simpl length; intros L K; try discriminate.
  - simpl. ring.
  - rewrite total_more. simpl gather. rewrite IH by lia. rewrite held_add. unfold ratio at 2. unfold at_state at 3 4 5. simpl nth at 2 3.
    rewrite (total_ext (fun t => if Pos.eqb (at_state _ (b :: classes) (Pos.succ t)) c
        then ratio (k :: scales) (Pos.succ t) * IZR (nth j (fst (at_state no_state (s :: ss) (Pos.succ t))) 0%Z) else 0)
      (fun t => if Pos.eqb (at_state 1%positive classes t) c
        then ratio scales t * IZR (nth j (fst (at_state no_state ss t)) 0%Z) else 0)).
    + simpl. destruct (Pos.eqb_spec b c) as [->|]; simpl; rewrite ?plus_nth, ?plus_IZR, ?mult_IZR; ring.
    + intros t _. unfold ratio. rewrite !at_more. reflexivity.
Qed.

Lemma turn_row_weight tag k r m t b :
  weight (held [] t (turn_row tag k r m)) b = ((if Pos.eqb tag b then k * weight r t else 0) + weight (held [] t m) b)%Z.
Proof.
  revert m. induction r as [|[u w] r IH]; intros m; simpl.
  - destruct (Pos.eqb tag b); ring.
  - rewrite IH, held_add. destruct (Pos.eqb_spec u t) as [->|].
    + rewrite weight_cons. destruct (Pos.eqb tag b); ring.
    + reflexivity.
Qed.

Lemma turn_weight tags scales ss m t b : length tags = length ss -> length scales = length ss ->
  IZR (weight (held [] t (turn tags scales ss m)) b)
  = total (fun s => if Pos.eqb (at_state 1%positive tags s) b
                    then ratio scales s * IZR (weight (snd (at_state no_state ss s)) t) else 0) (range (length ss))
    + IZR (weight (held [] t m) b).
Proof.
  revert scales ss m. induction tags as [|c tags IH]; intros [|k scales] [|s ss] m; simpl length; intros L K; try discriminate.
  - simpl. ring.
  - rewrite total_more. simpl turn. rewrite IH by lia. rewrite turn_row_weight.
    rewrite (total_ext (fun u => if Pos.eqb (at_state _ (c :: tags) (Pos.succ u)) b
        then ratio (k :: scales) (Pos.succ u) * IZR (weight (snd (at_state no_state (s :: ss) (Pos.succ u))) t) else 0)
      (fun u => if Pos.eqb (at_state 1%positive tags u) b
        then ratio scales u * IZR (weight (snd (at_state no_state ss u)) t) else 0)).
    + unfold ratio at 2. unfold at_state at 3 4 5. rewrite plus_IZR. simpl. destruct (Pos.eqb c b); rewrite ?mult_IZR; ring.
    + intros u _. unfold ratio. rewrite !at_more. reflexivity.
Qed.

Lemma counted_length A t (l : list A) : length (counted t l) = length l.
Proof. revert t. induction l as [|a l IH]; intros t; simpl; [reflexivity|]. rewrite IH. reflexivity. Qed.

Lemma counted_nth A t (l : list A) i : (i < length l)%nat ->
  Pos.to_nat (nth i (counted t l) 1%positive) = (Pos.to_nat t + i)%nat.
Proof.
  revert t i. induction l as [|a l IH]; intros t [|i]; simpl; intros lt; try lia. rewrite IH by lia. rewrite next_succ. lia.
Qed.

Lemma counted_at A (l : list A) s : In s (range (length l)) -> at_state 1%positive (counted 1 l) s = s.
Proof.
  intros S. apply range_inside in S. apply Pos2Nat.inj. unfold at_state. rewrite counted_nth by exact S. lia.
Qed.

Lemma masses_length sums tags : length (masses sums tags) = length tags.
Proof. induction tags as [|c tags IH]; simpl; [reflexivity|]. rewrite IH. reflexivity. Qed.

Lemma masses_nth sums tags d i : (i < length tags)%nat ->
  nth i (masses sums tags) d = fst (held nothing (nth i tags 1%positive) sums).
Proof. revert i. induction tags as [|c tags IH]; intros [|i]; simpl; intros lt; try lia. apply IH. lia. Qed.

Lemma masses_at A sums (l : list A) d c : In c (range (length l)) ->
  at_state d (masses sums (counted 1 l)) c = fst (held nothing c sums).
Proof.
  intros I. unfold at_state. rewrite masses_nth by (rewrite counted_length; apply range_inside; exact I).
  f_equal. f_equal. apply (counted_at _ l). exact I.
Qed.

Lemma at_positive ks s : all_positive ks = true -> 0 < IZR (at_state 1%Z ks s).
Proof. intros ok. apply IZR_lt. apply all_positive_nth. exact ok. Qed.

Lemma weights_held r m t : held 0%Z t (weights r m) = (weight r t + held 0%Z t m)%Z.
Proof.
  revert m. induction r as [|[u w] r IH]; intros m; simpl; [reflexivity|]. rewrite IH, held_add.
  destruct (Pos.eqb_spec u t) as [->|]; ring.
Qed.

Lemma range_at n s : In s (range n) -> exists i, (i < n)%nat /\ Pos.to_nat s = S i.
Proof. intros I. apply range_inside in I. pose proof (Pos2Nat.is_pos s). exists (pred (Pos.to_nat s)). lia. Qed.

(* Walks over all states. *)
Lemma check_into_spec sizes d d' into_M into_Q u classes scales :
  check_into (numbered sizes) d d' into_M into_Q u classes scales = true -> forall i, (i < length classes)%nat ->
  let c := nth i classes 1%positive in let t := Pos.of_nat (Pos.to_nat u + i) in
  (Pos.to_nat c <= length sizes)%nat
  /\ forall b, (weight (held [] t into_M) b * (at_state 1%Z sizes c * d') = weight (held [] c into_Q) b * (nth i scales 1%Z * d))%Z.
Proof.
  revert u scales. induction classes as [|c classes IH]; intros u [|k scales] ok i lt; simpl in *; try lia; try discriminate.
  destruct (find c (numbered sizes)) as [size|] eqn:E; [|discriminate].
  apply andb_prop in ok. destruct ok as [sums ok]. destruct i as [|i].
  - rewrite Nat.add_0_r, Pos2Nat.id. split; [apply numbered_inside; rewrite E; discriminate|].
    intros b. apply same_sums_at in sums. destruct sums as [_ sums]. specialize (sums b). rewrite into_itself in sums.
    rewrite <- (numbered_found _ sizes), E. exact sums.
  - specialize (IH _ _ ok i ltac:(lia)). simpl in IH. rewrite next_succ, Pos2Nat.inj_succ in IH.
    replace (Pos.to_nat u + S i)%nat with (S (Pos.to_nat u) + i)%nat by lia. exact IH.
Qed.

Lemma check_values_spec ds ds' sums c qs : check_values ds ds' sums c qs = true -> forall i, (i < length qs)%nat ->
  let b := Pos.of_nat (Pos.to_nat c + i) in let found := held nothing b sums in
  same_values ds ds' (snd found) (plus (fst found) (fst (nth i qs no_state)) []) = true.
Proof.
  revert c. induction qs as [|s qs IH]; intros c ok i lt; simpl in *; [lia|].
  apply andb_prop in ok. destruct ok as [one ok]. destruct i as [|i]; [rewrite Nat.add_0_r, Pos2Nat.id; exact one|].
  specialize (IH _ ok i ltac:(lia)). rewrite next_succ, Pos2Nat.inj_succ in IH.
  replace (Pos.to_nat c + S i)%nat with (S (Pos.to_nat c) + i)%nat by lia. exact IH.
Qed.

Lemma check_spread_spec sizes d d' u v t classes scales :
  check_spread (numbered sizes) d d' u v t classes scales = true -> forall i, (i < length classes)%nat ->
  let c := nth i classes 1%positive in
  (held 0 (Pos.of_nat (Pos.to_nat t + i)) u * (at_state 1 sizes c * d') = held 0 c v * (nth i scales 1 * d))%Z.
Proof.
  revert t scales. induction classes as [|c classes IH]; intros t [|k scales] ok i lt; simpl in *; try lia; try discriminate.
  destruct (find c (numbered sizes)) as [size|] eqn:E; [|discriminate].
  apply andb_prop in ok. destruct ok as [one ok]. destruct i as [|i].
  - rewrite Nat.add_0_r, Pos2Nat.id. rewrite <- (numbered_found _ sizes), E. apply Z.eqb_eq. exact one.
  - specialize (IH _ _ ok i ltac:(lia)). simpl in IH. rewrite next_succ, Pos2Nat.inj_succ in IH.
    replace (Pos.to_nat t + S i)%nat with (S (Pos.to_nat t) + i)%nat by lia. exact IH.
Qed.

(* Exact lumping. *)
Lemma exact_all scales classes M Q : check_exact scales classes M Q = true ->
  let n := size M in let m := size Q in let sizes := masses (gather classes scales (states M) Leaf) (counted 1 (states Q)) in
  (0 < below M)%Z /\ (0 < below Q)%Z /\ all_positive (columns M) = true /\ all_positive (columns Q) = true
  /\ all_positive scales = true /\ n = length classes /\ n = length scales
  /\ (forall c, In c (range m) -> mass scales classes c = IZR (at_state 1%Z sizes c) /\ 0 < mass scales classes c)
  /\ (forall s, In s (range n) -> In (class_of classes s) (range m))
  /\ (forall c, In c (range m) -> let found := held nothing c (gather classes scales (states M) Leaf) in
        same_values (columns M) (columns Q) (snd found) (plus (fst found) (fst (state_of Q c)) []) = true)
  /\ (forall t b, In t (range n) ->
        let c := class_of classes t in
        IZR (weight (held [] t (turn classes scales (states M) Leaf)) b) * (mass scales classes c * IZR (below Q))
        = IZR (weight (held [] c (turn (counted 1 (states Q)) sizes (states Q) Leaf)) b) * (ratio scales t * IZR (below M)))
  /\ check_exact_start (numbered sizes) classes scales (start M) (start Q) = true.
Proof.
  intros ok n m sizes. unfold check_exact in ok. fold sizes in ok.
  apply andb_prop in ok. destruct ok as [ok starts]. apply andb_prop in ok. destruct ok as [ok into_ok].
  apply andb_prop in ok. destruct ok as [ok values]. apply andb_prop in ok. destruct ok as [ok K].
  apply andb_prop in ok. destruct ok as [ok L]. apply andb_prop in ok. destruct ok as [ok pos].
  apply andb_prop in ok. destruct ok as [ok pos']. apply andb_prop in ok. destruct ok as [ok D'].
  cbn [all_positive] in ok. apply andb_prop in ok. destruct ok as [d ok]. apply andb_prop in ok. destruct ok as [d' D].
  apply Z.ltb_lt in d, d'. apply same_length_spec in L, K.
  assert (len : length sizes = m) by (unfold sizes; rewrite masses_length, counted_length; reflexivity).
  assert (inside : forall s, In s (range n) -> In (class_of classes s) (range m)).
  { intros s I. apply range_at in I. destruct I as [i [lt E]].
    destruct (check_into_spec _ _ _ _ _ _ _ _ into_ok i) as [le _]; [unfold n, size in lt; lia|].
    apply range_In. rewrite <- len. unfold class_of, at_state. rewrite E. exact le. }
  assert (M_mass : forall c, In c (range m) -> mass scales classes c = IZR (at_state 1%Z sizes c)).
  { intros c I. unfold sizes. rewrite masses_at by exact I.
    rewrite gather_mass by assumption. rewrite <- L. unfold held at 1. rewrite find_leaf. unfold mass, class_of. simpl. ring. }
  assert (masses_ok : forall c, In c (range m) -> mass scales classes c = IZR (at_state 1%Z sizes c) /\ 0 < mass scales classes c).
  { intros c I. split; [apply M_mass; exact I|]. rewrite M_mass by exact I. apply at_positive. exact pos. }
  repeat (split; [first [assumption | symmetry; assumption]|]). split; [|split].
  - intros c I. pose proof (range_at _ _ I) as [i [lt E]]. pose proof (check_values_spec _ _ _ _ _ values i lt) as V.
    cbv zeta in V. change (Pos.to_nat 1 + i)%nat with (Datatypes.S i) in V. rewrite <- E, Pos2Nat.id in V. unfold state_of, at_state. rewrite E. exact V.
  - intros t b I c. pose proof (range_at _ _ I) as [i [lt E]].
    destruct (check_into_spec _ _ _ _ _ _ _ _ into_ok i) as [_ same]; [unfold n, size in lt; lia|]. specialize (same b).
    cbv zeta in same. change (Pos.to_nat 1 + i)%nat with (Datatypes.S i) in same. rewrite <- E, Pos2Nat.id in same.
    assert (C : nth i classes 1%positive = c) by (unfold c, class_of, at_state; rewrite E; reflexivity).
    rewrite C in same. rewrite (proj1 (masses_ok c (inside t I))).
    replace (ratio scales t) with (IZR (nth i scales 1%Z)) by (unfold ratio, at_state; rewrite E; reflexivity).
    rewrite <- !mult_IZR. f_equal. exact same.
  - exact starts.
Qed.

(* A sum over states, class by class. *)
Lemma total_classes f classes n m : (forall s, In s (range n) -> In (class_of classes s) (range m)) ->
  total f (range n) = total (fun c => total (fun s => if Pos.eqb (class_of classes s) c then f s else 0) (range n)) (range m).
Proof.
  intros inside. rewrite <- (total_swap (fun s c => if Pos.eqb (class_of classes s) c then f s else 0)).
  apply total_ext. intros s S. rewrite total_one; [reflexivity | apply range_NoDup | apply inside; exact S].
Qed.

Lemma step_ext_inside n d rows p p' : (forall s, In s (range n) -> p s = p' s) -> forall t, step n d rows p t = step n d rows p' t.
Proof. intros H t. unfold step. apply total_ext. intros s S. rewrite H by exact S. reflexivity. Qed.

Lemma steps_ext_inside k n d rows p p' : (forall s, In s (range n) -> p s = p' s) ->
  forall t, In t (range n) -> steps k n d rows p t = steps k n d rows p' t.
Proof.
  destruct k as [|k]; simpl; intros H t T; [apply H; exact T|]. apply steps_ext. apply step_ext_inside. exact H.
Qed.

Lemma exact_one scales classes M Q : check_exact scales classes M Q = true -> forall y t, In t (range (size M)) ->
  moved 1 M (spread scales classes y) t = spread scales classes (moved 1 Q y) t.
Proof.
  intros ok y t T. destruct (exact_all _ _ _ _ ok) as [d [d' [_ [_ [_ [L [K [sizes [inside [_ [same _]]]]]]]]]]].
  apply IZR_lt in d, d'. set (c := class_of classes t) in *. specialize (same t).
  unfold moved. simpl. unfold step. rewrite (total_classes _ classes (size M) (size Q) inside).
  unfold spread. fold c. destruct (sizes c (inside t T)) as [_ C].
  transitivity (ratio scales t / mass scales classes c * total (fun b => y b * (IZR (weight (row_of Q b) c) / IZR (below Q))) (range (size Q)));
    [|unfold Rdiv; ring].
  rewrite <- total_scale. apply total_ext. intros b B. specialize (same b T). destruct (sizes b B) as [E D].
  assert (IQ : IZR (weight (held [] c (turn (counted 1 (states Q))
      (masses (gather classes scales (states M) Leaf) (counted 1 (states Q))) (states Q) Leaf)) b)
    = mass scales classes b * IZR (weight (row_of Q b) c)).
  { rewrite turn_weight; [|apply counted_length | rewrite masses_length; apply counted_length].
    unfold held at 1. rewrite find_leaf. simpl. rewrite Rplus_0_r, E.
    rewrite (total_ext _ (fun s => if Pos.eqb b s then IZR (at_state 1%Z (masses (gather classes scales (states M) Leaf) (counted 1 (states Q))) b)
                                     * IZR (weight (row_of Q b) c) else 0)).
    - apply total_one; [apply range_NoDup | exact B].
    - intros s S. rewrite counted_at by exact S. rewrite Pos.eqb_sym. destruct (Pos.eqb_spec b s) as [<-|]; reflexivity. }
  assert (IM : IZR (weight (held [] t (turn classes scales (states M) Leaf)) b)
    = total (fun s => if Pos.eqb (class_of classes s) b then ratio scales s * IZR (weight (row_of M s) t) else 0) (range (size M))).
  { rewrite turn_weight by (symmetry; assumption). unfold held at 1. rewrite find_leaf. simpl. rewrite Rplus_0_r. reflexivity. }
  cbv zeta in same. fold c in same. rewrite IQ, IM in same.
  transitivity (y b / mass scales classes b / IZR (below M)
    * total (fun s => if Pos.eqb (class_of classes s) b then ratio scales s * IZR (weight (row_of M s) t) else 0) (range (size M))).
  - rewrite <- total_scale. apply total_ext. intros s S. destruct (Pos.eqb_spec (class_of classes s) b) as [->|]; [|ring].
    field. split; lra.
  - set (X := total _ _) in *. replace X with (X * (mass scales classes c * IZR (below Q)) / (mass scales classes c * IZR (below Q))) by (field; lra).
    rewrite same. field. repeat split; lra.
Qed.

Theorem exact_steps scales classes M Q : check_exact scales classes M Q = true ->
  forall k y s, In s (range (size M)) ->
  moved k M (spread scales classes y) s = spread scales classes (moved k Q y) s.
Proof.
  intros ok k. induction k as [|k IH]; intros y s I; [reflexivity|].
  change (moved (S k) Q y) with (moved k Q (moved 1 Q y)). rewrite <- IH by exact I.
  apply (steps_ext_inside k (size M) (below M) (row_of M)); [|exact I]. apply (exact_one _ _ _ _ ok).
Qed.

Lemma lumped_spread scales classes M Q y c : check_exact scales classes M Q = true -> In c (range (size Q)) ->
  lumped classes M (spread scales classes y) c = y c.
Proof.
  intros ok C. destruct (exact_all _ _ _ _ ok) as [_ [_ [_ [_ [_ [L [_ [sizes _]]]]]]]]. destruct (sizes c C) as [_ D].
  unfold lumped, lump. transitivity (y c / mass scales classes c * mass scales classes c); [|field; lra].
  unfold mass at 2. rewrite <- L, <- total_scale. apply total_ext. intros s _. unfold spread.
  destruct (Pos.eqb_spec (class_of classes s) c) as [->|]; [field; lra | ring].
Qed.

Lemma total_inside p p' c classes n : (forall s, In s (range n) -> p s = p' s) ->
  lump n (class_of classes) p c = lump n (class_of classes) p' c.
Proof. intros H. unfold lump. apply total_ext. intros s S. rewrite H by exact S. reflexivity. Qed.

Theorem exact_classes scales classes M Q : check_exact scales classes M Q = true ->
  forall k y c, In c (range (size Q)) -> lumped classes M (moved k M (spread scales classes y)) c = moved k Q y c.
Proof.
  intros ok k y c C. rewrite <- (lumped_spread _ _ _ _ (moved k Q y) c ok C). apply total_inside.
  apply (exact_steps _ _ _ _ ok).
Qed.

Theorem exact_means scales classes M Q : check_exact scales classes M Q = true ->
  forall k y j, (j < length (columns M))%nat ->
  mean M j (moved k M (spread scales classes y)) = mean Q j (moved k Q y).
Proof.
  intros ok k y j lt. destruct (exact_all _ _ _ _ ok) as [_ [_ [D [D' [_ [L [K [sizes [inside [values _]]]]]]]]]].
  unfold mean. rewrite (total_ext _ (fun s => spread scales classes (moved k Q y) s * value M j s))
    by (intros s S; rewrite (exact_steps _ _ _ _ ok) by exact S; reflexivity).
  generalize (moved k Q y). clear k y. intros y. rewrite (total_classes _ classes (size M) (size Q) inside).
  apply total_ext. intros c C. specialize (values c C). simpl in values. apply same_values_spec in values.
  destruct values as [_ values]. specialize (values j lt). destruct (sizes c C) as [E pos].
  rewrite plus_nth in values. apply (f_equal IZR) in values. rewrite !mult_IZR, plus_IZR, mult_IZR in values.
  rewrite gather_value in values by (symmetry; assumption). rewrite gather_mass in values by (symmetry; assumption).
  assert (none : nth j [] 0%Z = 0%Z) by (destruct j; reflexivity).
  unfold held, nothing in values. rewrite find_leaf in values. cbn [fst snd] in values.
  rewrite none, !Rplus_0_r in values.
  assert (Mc : mass scales classes c = total (fun s => if Pos.eqb (at_state 1%positive classes s) c then ratio scales s else 0)
      (range (length (states M)))) by (unfold mass; rewrite <- L; reflexivity).
  rewrite <- Mc in values. apply (all_positive_nth _ j), IZR_lt in D, D'.
  transitivity (y c / mass scales classes c / IZR (nth j (columns M) 1%Z)
    * total (fun s => if Pos.eqb (at_state 1%positive classes s) c
               then ratio scales s * IZR (nth j (fst (at_state no_state (states M) s)) 0%Z) else 0) (range (length (states M)))).
  - rewrite <- total_scale. apply total_ext. intros s _. unfold spread, value, state_of, class_of.
    destruct (Pos.eqb_spec (at_state 1%positive classes s) c) as [->|]; [|ring]. field. lra.
  - set (X := total (fun s => if Pos.eqb _ _ then _ * _ else 0) _) in *.
    replace X with (X * IZR (nth j (columns Q) 1%Z) / IZR (nth j (columns Q) 1%Z)) by (field; lra). rewrite values.
    unfold value, state_of. field. repeat split; lra.
Qed.

Theorem exact_start scales classes M Q u : check_exact scales classes M Q = true -> start M = Some u ->
  exists v, start Q = Some v /\ forall k s, In s (range (size M)) ->
  moved k M (distribution u) s = spread scales classes (moved k Q (distribution v)) s.
Proof.
  intros ok U. destruct (exact_all _ _ _ _ ok) as [_ [_ [_ [_ [_ [L [K [sizes [inside [_ [_ starts]]]]]]]]]]].
  rewrite U in starts. destruct u as [d l]. destruct (start Q) as [[d' l']|]; [|discriminate].
  exists (d', l'). split; [reflexivity|]. intros k s S. rewrite <- (exact_steps _ _ _ _ ok) by exact S.
  apply steps_ext_inside; [|exact S]. clear k s S. intros s S. unfold check_exact_start in starts.
  apply andb_prop in starts. destruct starts as [pos same]. apply andb_prop in pos. destruct pos as [pos pos'].
  apply Z.ltb_lt, IZR_lt in pos, pos'. pose proof (range_at _ _ S) as [i [lt E]].
  assert (lt' : (i < length classes)%nat) by (unfold size in lt, L; lia).
  pose proof (check_spread_spec _ _ _ _ _ _ _ _ same i lt') as one.
  cbv zeta in one. change (Pos.to_nat 1 + i)%nat with (Datatypes.S i) in one. rewrite <- E, Pos2Nat.id, !weights_held in one. unfold held in one. rewrite !find_leaf, !Z.add_0_r in one.
  assert (C : nth i classes 1%positive = class_of classes s) by (unfold class_of, at_state; rewrite E; reflexivity).
  rewrite C in one. destruct (sizes _ (inside s S)) as [M_c D]. apply (f_equal IZR) in one. rewrite !mult_IZR in one.
  rewrite <- M_c in one. replace (IZR (nth i scales 1%Z)) with (ratio scales s) in one by (unfold ratio, at_state; rewrite E; reflexivity).
  unfold distribution, spread. simpl. set (D_c := mass scales classes (class_of classes s)) in *.
  replace (IZR (weight l s) / IZR d) with (IZR (weight l s) * (D_c * IZR d') / (IZR d * (D_c * IZR d'))) by (field; lra).
  rewrite one. field. repeat split; lra.
Qed.

Lemma strict_both scales classes M Q : check_strict scales classes M Q = true ->
  check_ordinary classes M Q = true /\ check_exact scales classes (unstarted M) (unstarted Q) = true.
Proof. intros ok. apply andb_prop in ok. exact ok. Qed.

Theorem strict_steps scales classes M Q : check_strict scales classes M Q = true ->
  (forall k p c, lumped classes M (moved k M p) c = moved k Q (lumped classes M p) c)
  /\ forall k y s, In s (range (size M)) ->
     moved k M (spread scales classes y) s = spread scales classes (moved k Q y) s.
Proof.
  intros ok. apply andb_prop in ok. destruct ok as [out into]. split; [exact (sparse_steps _ _ _ out)|].
  exact (exact_steps _ _ _ _ into).
Qed.

(* Proportional lumping. *)
Lemma times_row_weight k r t : weight (times_row k r) t = (k * weight r t)%Z.
Proof. induction r as [|[u w] r IH]; simpl; [ring|]. rewrite IH. destruct (Pos.eqb u t); ring. Qed.

Lemma times_rows_nth ks ss i : length ks = length ss ->
  nth i (times_rows ks ss) no_state = (fst (nth i ss no_state), times_row (nth i ks 1%Z) (snd (nth i ss no_state))).
Proof.
  revert ss i. induction ks as [|k ks IH]; intros [|s ss] [|i]; simpl; intros L; try discriminate; try reflexivity.
  apply IH. lia.
Qed.

Lemma times_rows_length ks ss : length ks = length ss -> length (times_rows ks ss) = length ss.
Proof. revert ss. induction ks as [|k ks IH]; intros [|s ss]; simpl; intros L; try discriminate; [reflexivity|]. rewrite IH; lia. Qed.

Lemma proportional_all d ks classes M Q : check_proportional d ks classes M Q = true ->
  (0 < d)%Z /\ (0 < below M)%Z /\ all_positive ks = true /\ length ks = length (states M)
  /\ check_ordinary classes (slowed d ks M) Q = true.
Proof.
  unfold check_proportional. intros ok. apply andb_prop in ok. destruct ok as [ok lump]. apply andb_prop in ok.
  destruct ok as [ok D]. apply andb_prop in ok. destruct ok as [ok L]. apply andb_prop in ok. destruct ok as [E P].
  apply Z.ltb_lt in D, E. apply same_length_spec in L. repeat (split; [assumption|]). exact lump.
Qed.

Theorem proportional_steps d ks classes M Q : check_proportional d ks classes M Q = true ->
  forall k p c, lumped classes M (moved k (slowed d ks M) p) c = moved k Q (lumped classes M p) c.
Proof.
  intros ok. destruct (proportional_all _ _ _ _ _ ok) as [_ [_ [_ [L lump]]]]. intros k p c.
  pose proof (sparse_steps _ _ _ lump k p c) as same. unfold lumped in *.
  replace (size (slowed d ks M)) with (size M) in same by (symmetry; apply times_rows_length; exact L). exact same.
Qed.

Theorem proportional_means d ks classes M Q : check_proportional d ks classes M Q = true ->
  forall k p j, (j < length (columns M))%nat ->
  mean M j (moved k (slowed d ks M) p) = mean Q j (moved k Q (lumped classes M p)).
Proof.
  intros ok k p j lt. destruct (proportional_all _ _ _ _ _ ok) as [_ [_ [_ [L lump]]]].
  pose proof (sparse_means _ _ _ lump k p j lt) as same. unfold lumped in *.
  assert (N : size (slowed d ks M) = size M) by (apply times_rows_length; exact L). rewrite N in same. rewrite <- same.
  unfold mean. rewrite N. apply total_ext. intros s _. f_equal. unfold value, state_of, slowed, at_state. simpl.
  rewrite times_rows_nth by exact L. reflexivity.
Qed.

Theorem proportional_flow d ks classes M Q : check_proportional d ks classes M Q = true ->
  forall p c, lumped classes M (moved 1 M p) c = moved 1 Q (lumped classes M (fun s => p s * scale d ks s)) c.
Proof.
  intros ok p c. rewrite <- (proportional_steps _ _ _ _ _ ok). apply total_inside. intros t _.
  destruct (proportional_all _ _ _ _ _ ok) as [D [E [P [L _]]]]. apply IZR_lt in D, E.
  unfold moved. simpl. unfold step.
  replace (size (slowed d ks M)) with (size M) by (symmetry; apply times_rows_length; exact L).
  apply total_ext. intros s _. unfold row_of, state_of, slowed, at_state, scale. simpl. rewrite times_rows_nth by exact L. simpl.
  rewrite times_row_weight, !mult_IZR. pose proof (at_positive ks s P) as K. unfold at_state in *. field. repeat split; lra.
Qed.

Theorem proportional_stationary d ks classes M Q p : check_proportional d ks classes M Q = true ->
  (forall t, moved 1 M p t = 0) -> forall c, moved 1 Q (lumped classes M (fun s => p s * scale d ks s)) c = 0.
Proof.
  intros ok still c. rewrite <- (proportional_flow _ _ _ _ _ ok). unfold lumped, lump.
  rewrite (total_ext _ (fun _ => 0)); [apply total_zero|]. intros s _. rewrite still. destruct (Pos.eqb _ c); reflexivity.
Qed.
