(* A verified checker for quotients of decision processes (T20), on sparse rows: time near linear in the transitions.

   A process has states and choices. Its states are a model of sparse_chain_checker.v without transitions: columns
   (labels, rewards), and the start. Its choices are one whose rows go to the states: columns (rewards; action names by
   numbers, if they are respected), and no start. Every choice has an owner, a state.

   Notations
     check_process classes of P Q   the checker: the class of every state, the choice of Q that every choice becomes
     told P s         what the columns say of a state
     paid P e         what the columns say of a choice
     own P s          the choices of a state
     expected P e v   the sum of v over the targets of a choice, times the weights
     best F P k v s   value iteration: k times F of what is told of a state, and of what its choices pay and expect
     only_set F       F asks only for the set of these, such as the largest or the smallest of something
     reach opt j      reaching label j, by the largest or smallest of what is expected
     gain opt i j     reward j of states and reward i of choices, by the largest or smallest

   Main statements
     process_lumps    if the checker accepts: the choices of a state and of its class show the same, both ways
     process_values   value iteration on the process is that on the quotient, for every F, every number of steps and state
     process_reach    so the largest and smallest probabilities to reach a label are the same
     process_gain     and the largest and smallest expected rewards
     process_start    and means of values over the models' own starts *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require Import chain_checker maps sparse_chain_checker.
Import ListNotations.
Local Open Scope R_scope.

Record process := Process { nodes : model; choices : model; owners : list positive }.

(* What computes. *)
Definition same_place (s t : positive) : bool := match order s t with Same => true | _ => false end.

(* The class of a choice's owner is the owner of its class. *)
Fixpoint check_owners (class_at owner_at : tree positive) (es os : list positive) : bool :=
  match es, os with
  | [], [] => true
  | e :: es', o :: os' =>
      match find o class_at, find e owner_at with Some c, Some b => same_place c b | _, _ => false end
      && check_owners class_at owner_at es' os'
  | _, _ => false
  end.

(* Which choices of the quotient those of each state become. *)
Fixpoint hits (es os : list positive) (m : tree (tree bool)) : tree (tree bool) :=
  match es, os with
  | e :: es', o :: os' => hits es' os' (add o (add e true (held Leaf o m)) m)
  | _, _ => m
  end.

Fixpoint by_owner (e : positive) (os : list positive) (m : tree (list positive)) : tree (list positive) :=
  match os with
  | [] => m
  | o :: os' => by_owner (next e) os' (add o (e :: held [] o m) m)
  end.

Fixpoint all_hit (found : tree bool) (es : list positive) : bool :=
  match es with
  | [] => true
  | e :: es' => match find e found with Some _ => true | None => false end && all_hit found es'
  end.

Fixpoint check_covered (found : tree (tree bool)) (wanted : tree (list positive)) (s : positive) (classes : list positive) : bool :=
  match classes with
  | [] => true
  | c :: classes' => all_hit (held Leaf s found) (held [] c wanted) && check_covered found wanted (next s) classes'
  end.

Definition check_process (classes es : list positive) (P Q : process) : bool :=
  let class_at := numbered classes in
  let p := choices P in let q := choices Q in
  check_ordinary classes (nodes P) (nodes Q)
  && all_positive (below p :: below q :: columns p) && all_positive (columns q)
  && check_states (fun s => find s class_at) (below p) (below q) (columns p) (columns q) (numbered (states q)) es (states p)
  && check_owners class_at (numbered (owners Q)) es (owners P)
  && check_covered (hits es (owners P) Leaf) (by_owner 1 (owners Q) Leaf) 1 classes.

(* What the lists say. *)
Fixpoint reals (ds vs : list Z) : list R :=
  match ds, vs with
  | d :: ds', v :: vs' => IZR v / IZR d :: reals ds' vs'
  | _, _ => []
  end.

Definition said (M : model) (s : positive) : list R := reals (columns M) (fst (state_of M s)).

Definition told (P : process) : positive -> list R := said (nodes P).

Definition paid (P : process) : positive -> list R := said (choices P).

Definition owner (P : process) (e : positive) : positive := at_state 1%positive (owners P) e.

Definition own (P : process) (s : positive) : list positive :=
  filter (fun e => Pos.eqb (owner P e) s) (range (length (owners P))).

Definition sent (P : process) (e t : positive) : R := IZR (weight (row_of (choices P) e) t) / IZR (below (choices P)).

Definition expected (P : process) (e : positive) (v : positive -> R) : R :=
  total (fun t => sent P e t * v t) (range (size (nodes P))).

Fixpoint best (F : list R -> list (list R * R) -> R) (P : process) (k : nat) (v : positive -> R) (s : positive) : R :=
  match k with
  | O => v s
  | S k' => F (told P s) (map (fun e => (paid P e, expected P e (best F P k' v))) (own P s))
  end.

Definition only_set (F : list R -> list (list R * R) -> R) : Prop :=
  forall a xs ys, (forall x, In x xs <-> In x ys) -> F a xs = F a ys.

Definition largest (xs : list R) : R := match xs with [] => 0 | x :: xs' => fold_right Rmax x xs' end.

Definition smallest (xs : list R) : R := - largest (map Ropp xs).

Definition reach (opt : list R -> R) (j : nat) (a : list R) (xs : list (list R * R)) : R :=
  nth j a 0 + (1 - nth j a 0) * opt (map snd xs).

Definition gain (opt : list R -> R) (i j : nat) (a : list R) (xs : list (list R * R)) : R :=
  nth j a 0 + opt (map (fun x => nth i (fst x) 0 + snd x) xs).

(* What is accepted. *)
Lemma same_place_eq s t : same_place s t = true -> s = t.
Proof. unfold same_place. destruct (order s t) eqn:E; intros ok; try discriminate. apply order_eq. exact E. Qed.

Lemma check_owners_spec classes qowners es os : check_owners (numbered classes) (numbered qowners) es os = true ->
  length es = length os /\ forall i, (i < length os)%nat ->
  let o := nth i os 1%positive in let e := nth i es 1%positive in
  (Pos.to_nat o <= length classes)%nat /\ (Pos.to_nat e <= length qowners)%nat
  /\ class_of classes o = at_state 1%positive qowners e.
Proof.
  revert os. induction es as [|e es IH]; intros [|o os] ok; simpl in ok; try discriminate.
  - split; [reflexivity|]. simpl. lia.
  - destruct (find o (numbered classes)) as [c|] eqn:E; [|discriminate].
    destruct (find e (numbered qowners)) as [b|] eqn:E'; [|discriminate].
    apply andb_prop in ok. destruct ok as [one ok]. apply same_place_eq in one. subst b.
    apply IH in ok. destruct ok as [len all]. split; [simpl; lia|]. intros [|i] lt; [|apply all; simpl in lt; lia].
    simpl. repeat split; try (apply numbered_inside; congruence).
    unfold class_of. rewrite <- !numbered_found, E, E'. reflexivity.
Qed.

Lemma hits_found es os m s e : find e (held Leaf s (hits es os m)) <> None ->
  (exists i, (i < length os)%nat /\ nth i os 1%positive = s /\ nth i es 1%positive = e) \/ find e (held Leaf s m) <> None.
Proof.
  revert os m. induction es as [|d es IH]; intros [|o os] m H; simpl in H; try (right; exact H).
  apply IH in H. destruct H as [[i [lt same]]|H]; [left; exists (S i); simpl; split; [lia | exact same]|].
  rewrite held_add in H. destruct (Pos.eqb_spec o s) as [->|]; [|right; exact H].
  rewrite find_add in H. destruct (Pos.eqb_spec d e) as [->|]; [|right; exact H].
  left. exists O. simpl. split; [lia | split; reflexivity].
Qed.

Lemma by_owner_In d os m b i : (i < length os)%nat -> nth i os 1%positive = b ->
  In (Pos.of_nat (Pos.to_nat d + i)) (held [] b (by_owner d os m)).
Proof.
  assert (keep : forall os d m e, In e (held [] b m) -> In e (held [] b (by_owner d os m))).
  { clear. induction os as [|o os IH]; intros d m e I; simpl; [exact I|]. apply IH. rewrite held_add.
    destruct (Pos.eqb_spec o b) as [->|]; [right; exact I | exact I]. }
  revert d m i. induction os as [|o os IH]; intros d m [|i] lt E; simpl in *; try lia.
  - apply keep. rewrite held_add, E, Pos.eqb_refl, Nat.add_0_r, Pos2Nat.id. left. reflexivity.
  - replace (Pos.to_nat d + S i)%nat with (Pos.to_nat (next d) + i)%nat by (rewrite next_succ; lia). apply IH; [lia | exact E].
Qed.

Lemma all_hit_spec found es e : all_hit found es = true -> In e es -> find e found <> None.
Proof.
  induction es as [|d es IH]; simpl; intros ok I; [contradiction|]. apply andb_prop in ok. destruct ok as [one ok].
  destruct I as [->|I]; [destruct (find e found); [discriminate|discriminate] | apply IH; assumption].
Qed.

Lemma check_covered_spec found wanted s classes : check_covered found wanted s classes = true ->
  forall i, (i < length classes)%nat ->
  all_hit (held Leaf (Pos.of_nat (Pos.to_nat s + i)) found) (held [] (nth i classes 1%positive) wanted) = true.
Proof.
  revert s. induction classes as [|c classes IH]; intros s ok i lt; simpl in *; [lia|].
  apply andb_prop in ok. destruct ok as [one ok]. destruct i as [|i]; [rewrite Nat.add_0_r, Pos2Nat.id; exact one|].
  specialize (IH _ ok i ltac:(lia)). replace (Pos.to_nat s + S i)%nat with (Pos.to_nat (next s) + i)%nat by (rewrite next_succ; lia).
  exact IH.
Qed.

Lemma place_of_index n s : In s (range n) -> exists i, (i < n)%nat /\ Pos.to_nat s = S i.
Proof. intros I. apply range_inside in I. pose proof (Pos2Nat.is_pos s). exists (pred (Pos.to_nat s)). lia. Qed.

Lemma index_place A (d : A) l i : at_state d l (Pos.of_nat (S i)) = nth i l d.
Proof. unfold at_state. rewrite Nat2Pos.id by discriminate. reflexivity. Qed.

Lemma place_In n i : (i < n)%nat -> In (Pos.of_nat (S i)) (range n).
Proof. intros lt. apply range_In. rewrite Nat2Pos.id by discriminate. lia. Qed.

Lemma reals_same ds ds' vs vs' : all_positive ds = true -> all_positive ds' = true -> same_values ds ds' vs vs' = true ->
  reals ds vs = reals ds' vs'.
Proof.
  revert ds' vs vs'. induction ds as [|d ds IH]; intros [|d' ds'] [|v vs] [|v' vs'] P P' ok; simpl in *; try discriminate;
    [reflexivity|]. apply andb_prop in P, P', ok. destruct P as [p P], P' as [p' P'], ok as [one ok].
  rewrite (IH ds' vs vs' P P' ok). f_equal. apply Z.ltb_lt, IZR_lt in p, p'. apply Z.eqb_eq, (f_equal IZR) in one.
  rewrite !mult_IZR in one. replace (IZR v / IZR d) with (IZR v * IZR d' / (IZR d * IZR d')) by (field; lra).
  rewrite one. field. lra.
Qed.

Section Accepted.

Variables (classes es : list positive) (P Q : process).
Hypothesis accepted : check_process classes es P Q = true.

Definition becomes (e : positive) : positive := at_state 1%positive es e.

Definition sums (e c : positive) : R :=
  total (fun t => if Pos.eqb (class_of classes t) c then sent P e t else 0) (range (size (nodes P))).

Lemma parts : check_ordinary classes (nodes P) (nodes Q) = true
  /\ (forall e, In e (range (length (owners P))) ->
        In (owner P e) (range (size (nodes P))) /\ In (becomes e) (range (length (owners Q)))
        /\ class_of classes (owner P e) = owner Q (becomes e)
        /\ paid P e = paid Q (becomes e) /\ forall c, sums e c = sent Q (becomes e) c)
  /\ (forall s d, In s (range (size (nodes P))) -> In d (range (length (owners Q))) -> owner Q d = class_of classes s ->
        exists e, In e (range (length (owners P))) /\ owner P e = s /\ becomes e = d).
Proof.
  pose proof accepted as ok. unfold check_process in ok.
  apply andb_prop in ok. destruct ok as [ok covered]. apply andb_prop in ok. destruct ok as [ok owned].
  apply andb_prop in ok. destruct ok as [ok alike]. apply andb_prop in ok. destruct ok as [ok E'].
  apply andb_prop in ok. destruct ok as [lump E]. cbn [all_positive] in E. apply andb_prop in E. destruct E as [d E].
  apply andb_prop in E. destruct E as [d' E]. apply Z.ltb_lt, IZR_lt in d, d'.
  destruct (all_checked _ _ _ lump) as [_ [_ [_ [_ [len _]]]]].
  apply check_owners_spec in owned. destruct owned as [many owned].
  pose proof (check_states_length _ _ _ _ _ _ _ _ alike) as same_many.
  split; [exact lump|]. split.
  - intros e I. destruct (place_of_index _ _ I) as [i [lt e_i]]. destruct (owned i lt) as [in_o [in_e same]].
    destruct (check_states_spec _ _ _ _ _ _ _ _ alike i ltac:(lia)) as [in_q [values rows]].
    assert (O : owner P e = nth i (owners P) 1%positive) by (unfold owner, at_state; rewrite e_i; reflexivity).
    assert (B : becomes e = nth i es 1%positive) by (unfold becomes, at_state; rewrite e_i; reflexivity).
    assert (C : state_of (choices P) e = nth i (states (choices P)) no_state) by (unfold state_of, at_state; rewrite e_i; reflexivity).
    rewrite O, B. repeat split.
    + apply range_In. rewrite len. exact in_o.
    + apply range_In. exact in_e.
    + exact same.
    + unfold paid, said. rewrite C. apply reals_same; assumption.
    + intros c. apply same_sums_spec in rows. destruct rows as [ins rows]. specialize (rows c).
      apply (f_equal IZR) in rows. rewrite !mult_IZR in rows. unfold sums, sent, row_of.
      rewrite C. unfold state_of. set (r := snd (nth i (states (choices P)) no_state)) in *.
      rewrite (total_ext _ (fun t => / IZR (below (choices P)) * (if Pos.eqb (class_of classes t) c then IZR (weight r t) else 0)))
        by (intros t _; destruct (Pos.eqb _ c); unfold Rdiv; ring).
      rewrite total_scale, <- into_total by (rewrite len; exact ins).
      replace (/ IZR (below (choices P)) * IZR (into (class_of classes) r c))
        with (IZR (into (class_of classes) r c) * IZR (below (choices Q)) / (IZR (below (choices P)) * IZR (below (choices Q))))
        by (field; lra).
      rewrite rows. field. lra.
  - intros s b S B same. destruct (place_of_index _ _ S) as [i [lt s_i]]. destruct (place_of_index _ _ B) as [j [ltj b_j]].
    pose proof (check_covered_spec _ _ _ _ covered i ltac:(unfold size in *; lia)) as hit.
    change (Pos.to_nat 1 + i)%nat with (Datatypes.S i) in hit. rewrite <- s_i, Pos2Nat.id in hit.
    assert (wanted : In b (held [] (nth i classes 1%positive) (by_owner 1 (owners Q) Leaf))).
    { replace b with (Pos.of_nat (Pos.to_nat 1 + j)) by (change (Pos.to_nat 1 + j)%nat with (Datatypes.S j); rewrite <- b_j; apply Pos2Nat.id).
      apply by_owner_In; [exact ltj|]. unfold owner, class_of, at_state in same. rewrite b_j, s_i in same. exact same. }
    apply (all_hit_spec _ _ _ hit) in wanted. apply hits_found in wanted.
    destruct wanted as [[h [lth [owns becoming]]]|none]; [|exfalso; apply none; unfold held; rewrite find_leaf; destruct b; reflexivity].
    exists (Pos.of_nat (Datatypes.S h)). split; [apply place_In; exact lth|]. split; [unfold owner | unfold becomes]; rewrite index_place; assumption.
Qed.

Lemma own_In R s e : In e (own R s) <-> In e (range (length (owners R))) /\ owner R e = s.
Proof. unfold own. rewrite filter_In, Pos.eqb_eq. reflexivity. Qed.

Theorem process_lumps s : In s (range (size (nodes P))) ->
  told P s = told Q (class_of classes s)
  /\ (forall e, In e (own P s) -> exists d, In d (own Q (class_of classes s))
        /\ paid P e = paid Q d /\ forall c, sums e c = sent Q d c)
  /\ (forall d, In d (own Q (class_of classes s)) -> exists e, In e (own P s)
        /\ paid P e = paid Q d /\ forall c, sums e c = sent Q d c).
Proof.
  intros S. destruct parts as [lump [there back]]. split; [|split].
  - destruct (all_checked _ _ _ lump) as [_ [_ [D [D' [_ all]]]]]. destruct (all s S) as [_ [values _]].
    apply reals_same; assumption.
  - intros e I. apply own_In in I. destruct I as [I <-]. destruct (there e I) as [_ [J [same shown]]].
    exists (becomes e). split; [apply own_In; split; [exact J | symmetry; exact same] | exact shown].
  - intros d I. apply own_In in I. destruct I as [I same]. destruct (back s d S I same) as [e [J [O B]]].
    exists e. split; [apply own_In; split; assumption|]. destruct (there e J) as [_ [_ [_ shown]]]. rewrite B in shown. exact shown.
Qed.

Lemma expected_lifted e d v w : (forall c, sums e c = sent Q d c) ->
  (forall t, In t (range (size (nodes P))) -> v t = w (class_of classes t)) -> expected P e v = expected Q d w.
Proof.
  intros shown lifted. destruct parts as [lump _]. destruct (all_checked _ _ _ lump) as [_ [_ [_ [_ [_ all]]]]]. unfold expected.
  transitivity (total (fun c => total (fun t => if Pos.eqb (class_of classes t) c then sent P e t * w (class_of classes t) else 0)
      (range (size (nodes P)))) (range (size (nodes Q)))).
  - rewrite <- (total_swap (fun t c => if Pos.eqb (class_of classes t) c then sent P e t * w (class_of classes t) else 0)).
    apply total_ext. intros t T. rewrite lifted by exact T. rewrite total_one; [reflexivity | apply range_NoDup|].
    apply range_In. exact (proj1 (all t T)).
  - apply total_ext. intros c _. rewrite <- shown. unfold sums. rewrite Rmult_comm, <- total_scale. apply total_ext. intros t _.
    destruct (Pos.eqb_spec (class_of classes t) c) as [->|]; ring.
Qed.

Theorem process_values F : only_set F -> forall k v s, In s (range (size (nodes P))) ->
  best F P k (fun s => v (class_of classes s)) s = best F Q k v (class_of classes s).
Proof.
  intros of_set k v. induction k as [|k IH]; intros s S; [reflexivity|]. simpl.
  destruct (process_lumps s S) as [same [there back]]. rewrite same. apply of_set. intros x. split; intros I.
  - apply in_map_iff in I. destruct I as [e [<- I]]. destruct (there e I) as [d [J [pays shown]]].
    apply in_map_iff. exists d. split; [|exact J]. rewrite pays. f_equal. symmetry. apply expected_lifted; assumption.
  - apply in_map_iff in I. destruct I as [d [<- I]]. destruct (back d I) as [e [J [pays shown]]].
    apply in_map_iff. exists e. split; [|exact J]. rewrite pays. f_equal. apply expected_lifted; assumption.
Qed.

Theorem process_start F u : only_set F -> start (nodes P) = Some u -> exists v, start (nodes Q) = Some v /\ forall k w,
  total (fun s => distribution u s * best F P k (fun s => w (class_of classes s)) s) (range (size (nodes P)))
  = total (fun c => distribution v c * best F Q k w c) (range (size (nodes Q))).
Proof.
  intros of_set U. destruct parts as [ok _]. destruct (sparse_start _ _ _ u ok U) as [v [V _]].
  exists v. split; [exact V|]. intros k w. destruct (all_checked _ _ _ ok) as [_ [_ [_ [_ [_ all]]]]].
  rewrite (total_ext _ (fun s => distribution u s * best F Q k w (class_of classes s)))
    by (intros s S; rewrite process_values by assumption; reflexivity).
  transitivity (total (fun c => total (fun s => if Pos.eqb (class_of classes s) c
      then distribution u s * best F Q k w (class_of classes s) else 0) (range (size (nodes P)))) (range (size (nodes Q)))).
  - rewrite <- (total_swap (fun s c => if Pos.eqb (class_of classes s) c
      then distribution u s * best F Q k w (class_of classes s) else 0)).
    apply total_ext. intros s S. rewrite total_one; [reflexivity | apply range_NoDup|]. apply range_In. exact (proj1 (all s S)).
  - apply total_ext. intros c _. rewrite <- (start_lumped _ _ _ u v ok U V). unfold lumped, lump.
    rewrite Rmult_comm, <- total_scale. apply total_ext. intros s _. destruct (Pos.eqb_spec (class_of classes s) c) as [->|]; ring.
Qed.

Lemma largest_above x xs : In x xs -> x <= largest xs.
Proof.
  destruct xs as [|y xs]; simpl; [contradiction|].
  assert (first : y <= fold_right Rmax y xs).
  { induction xs as [|z xs IH]; simpl; [lra|]. eapply Rle_trans; [exact IH | apply Rmax_r]. }
  intros [<-|I]; [exact first|]. clear first. induction xs as [|z xs IH]; simpl in *; [contradiction|].
  destruct I as [<-|I]; [apply Rmax_l | eapply Rle_trans; [apply IH; exact I | apply Rmax_r]].
Qed.

Lemma largest_In xs : xs <> [] -> In (largest xs) xs.
Proof.
  destruct xs as [|y xs]; [congruence|]. intros _. simpl. induction xs as [|z xs IH]; simpl; [left; reflexivity|].
  apply Rmax_case; [right; left; reflexivity|]. destruct IH as [E|I]; [left; exact E | right; right; exact I].
Qed.

Lemma largest_set xs ys : (forall x, In x xs <-> In x ys) -> largest xs = largest ys.
Proof.
  intros same. destruct xs as [|x xs], ys as [|y ys]; [reflexivity | | |].
  - destruct (proj2 (same y) (or_introl eq_refl)).
  - destruct (proj1 (same x) (or_introl eq_refl)).
  - apply Rle_antisym; apply largest_above, same, largest_In; discriminate.
Qed.

Lemma map_set A B (f : A -> B) xs ys : (forall x, In x xs <-> In x ys) -> forall y, In y (map f xs) <-> In y (map f ys).
Proof. intros same y. rewrite !in_map_iff. split; intros [x [E I]]; exists x; (split; [exact E | apply same; exact I]). Qed.

Lemma smallest_set xs ys : (forall x, In x xs <-> In x ys) -> smallest xs = smallest ys.
Proof. intros same. unfold smallest. f_equal. apply largest_set. apply map_set. exact same. Qed.

Lemma reach_set opt j : (forall xs ys, (forall x, In x xs <-> In x ys) -> opt xs = opt ys) -> only_set (reach opt j).
Proof. intros of_set a xs ys same. unfold reach. rewrite (of_set _ _ (map_set _ _ snd _ _ same)). reflexivity. Qed.

Lemma gain_set opt i j : (forall xs ys, (forall x, In x xs <-> In x ys) -> opt xs = opt ys) -> only_set (gain opt i j).
Proof. intros of_set a xs ys same. unfold gain. rewrite (of_set _ _ (map_set _ _ _ _ _ same)). reflexivity. Qed.

Theorem process_reach j k s : In s (range (size (nodes P))) ->
  best (reach largest j) P k (fun _ => 0) s = best (reach largest j) Q k (fun _ => 0) (class_of classes s)
  /\ best (reach smallest j) P k (fun _ => 0) s = best (reach smallest j) Q k (fun _ => 0) (class_of classes s).
Proof.
  intros S. split.
  - exact (process_values _ (reach_set _ j largest_set) k (fun _ => 0) s S).
  - exact (process_values _ (reach_set _ j smallest_set) k (fun _ => 0) s S).
Qed.

Theorem process_gain i j k s : In s (range (size (nodes P))) ->
  best (gain largest i j) P k (fun _ => 0) s = best (gain largest i j) Q k (fun _ => 0) (class_of classes s)
  /\ best (gain smallest i j) P k (fun _ => 0) s = best (gain smallest i j) Q k (fun _ => 0) (class_of classes s).
Proof.
  intros S. split.
  - exact (process_values _ (gain_set _ i j largest_set) k (fun _ => 0) s S).
  - exact (process_values _ (gain_set _ i j smallest_set) k (fun _ => 0) s S).
Qed.

End Accepted.
