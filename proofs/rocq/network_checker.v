(* A verified checker for reduced networks: numbers in, a boolean out.

   Fully connected layers of integers over one denominator each, ReLU or none. For
   every neuron of the original a place in the reduced network: a multiple of one
   of its neurons, a constant, or dropped (nothing that is not dropped reads it).

   Notations
     dot ws x            sum of IZR w * x, as far as both lists go
     eval layers x       the outputs on real inputs x
     lifted q ps y x     x is what the places say, for the values y of the reduced layer
     check N M ps        the checker

   Main statement
     network_checked     if check accepts, both networks have equal outputs on every real input *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
Import ListNotations.
Local Open Scope R_scope.

Record layer := Layer { den : Z; relu : bool; rows : list (list Z * Z) }.

Inductive place := Merged (c : nat) (p : Z) | Constant (p : Z) | Dropped.

Fixpoint dot (ws : list Z) (x : list R) : R :=
  match ws, x with
  | w :: ws', v :: x' => IZR w * v + dot ws' x'
  | _, _ => 0
  end.

Definition act (r : bool) (z : R) : R := if r then Rmax z 0 else z.

Definition eval_layer (l : layer) (x : list R) : list R :=
  map (fun row => act (relu l) ((dot (fst row) x + IZR (snd row)) / IZR (den l))) (rows l).

Fixpoint eval (ls : list layer) (x : list R) : list R :=
  match ls with
  | [] => x
  | l :: ls' => eval ls' (eval_layer l x)
  end.

Definition placed (q : Z) (y : list R) (p : place) (v : R) : Prop :=
  match p with
  | Merged c k => v = IZR k / IZR q * nth c y 0
  | Constant k => v = IZR k / IZR q
  | Dropped => True
  end.

Definition lifted (q : Z) (ps : list place) (y x : list R) : Prop := Forall2 (placed q y) ps x.

(* What a row reads of class c, of constants, and whether it reads nothing that was dropped. *)
Fixpoint collect (ps : list place) (ws : list Z) (c : nat) : Z :=
  match ps, ws with
  | p :: ps', w :: ws' =>
      match p with
      | Merged k n => if Nat.eqb k c then (w * n + collect ps' ws' c)%Z else collect ps' ws' c
      | _ => collect ps' ws' c
      end
  | _, _ => 0%Z
  end.

Fixpoint constants (ps : list place) (ws : list Z) : Z :=
  match ps, ws with
  | p :: ps', w :: ws' =>
      match p with
      | Constant n => (w * n + constants ps' ws')%Z
      | _ => constants ps' ws'
      end
  | _, _ => 0%Z
  end.

Fixpoint readable (m : nat) (ps : list place) (ws : list Z) : bool :=
  match ps, ws with
  | p :: ps', w :: ws' =>
      match p with
      | Merged k _ => Nat.ltb k m && readable m ps' ws'
      | Constant _ => readable m ps' ws'
      | Dropped => Z.eqb w 0 && readable m ps' ws'
      end
  | _, _ => true
  end.

Fixpoint sums (f : nat -> R) (m : nat) : R :=
  match m with
  | O => 0
  | S m' => sums f m' + f m'
  end.

Lemma sums_ext f g m : (forall c, (c < m)%nat -> f c = g c) -> sums f m = sums g m.
Proof.
  induction m as [|m IH]; simpl; intros H; [reflexivity|].
  rewrite IH by (intros; apply H; lia). rewrite H by lia. reflexivity.
Qed.

Lemma sums_plus f g m : sums (fun c => f c + g c) m = sums f m + sums g m.
Proof. induction m as [|m IH]; simpl; [ring|]. rewrite IH. ring. Qed.

Lemma sums_zero m : sums (fun _ => 0) m = 0.
Proof. induction m as [|m IH]; simpl; [reflexivity|]. rewrite IH. ring. Qed.

Lemma sums_scale k f m : sums (fun c => k * f c) m = k * sums f m.
Proof. induction m as [|m IH]; simpl; [ring|]. rewrite IH. ring. Qed.

Lemma sums_one k v m : (k < m)%nat -> sums (fun c => if Nat.eqb k c then v else 0) m = v.
Proof.
  induction m as [|m IH]; simpl; intros H; [lia|].
  destruct (Nat.eqb_spec k m) as [->|n].
  - rewrite (sums_ext _ (fun _ => 0)).
    + rewrite sums_zero. ring.
    + intros c lt. destruct (Nat.eqb_spec m c); [lia|reflexivity].
  - rewrite IH by lia. ring.
Qed.

Lemma dot_nth ws y : dot ws y = sums (fun c => IZR (nth c ws 0%Z) * nth c y 0) (length ws).
Proof.
  assert (shift : forall (f : nat -> R) m, sums f (S m) = f O + sums (fun c => f (S c)) m).
  { intros f m. induction m as [|m IH]; [simpl; ring|].
    change (sums f (S m) + f (S m) = f O + (sums (fun c => f (S c)) m + f (S m))). rewrite IH. ring. }
  revert y. induction ws as [|w ws IH]; intros y; [reflexivity|].
  change (length (w :: ws)) with (S (length ws)). rewrite shift.
  destruct y as [|v y]; simpl.
  - rewrite (sums_ext _ (fun _ => 0)); [rewrite sums_zero; ring|].
    intros c _. destruct c; simpl; ring.
  - rewrite IH. reflexivity.
Qed.

Lemma dot_lifted q m ps ws y x : IZR q <> 0 -> lifted q ps y x -> readable m ps ws = true ->
  dot ws x = (sums (fun c => IZR (collect ps ws c) * nth c y 0) m + IZR (constants ps ws)) / IZR q.
Proof.
  intros q0 L. revert ws. induction L as [|p v ps x P L IH]; intros ws ok.
  - destruct ws; simpl; rewrite (sums_ext _ (fun _ => 0)) by (intros; ring); rewrite sums_zero; field; exact q0.
  - destruct ws as [|w ws].
    { simpl. replace (match p with Merged _ _ => _ | _ => _ end) with 0%Z by (destruct p; reflexivity).
      rewrite (sums_ext _ (fun _ => 0)) by (intros; destruct p; simpl; ring).
      rewrite sums_zero. field. exact q0. }
    simpl in ok |- *. destruct p as [k n | n |]; simpl in P.
    + apply andb_prop in ok. destruct ok as [lt ok]. apply Nat.ltb_lt in lt.
      rewrite (IH ws ok). subst v.
      rewrite (sums_ext (fun c => IZR (if Nat.eqb k c then (w * n + collect ps ws c)%Z else collect ps ws c) * nth c y 0)
                 (fun c => (if Nat.eqb k c then IZR w * IZR n * nth k y 0 else 0) + IZR (collect ps ws c) * nth c y 0)).
      * rewrite sums_plus, sums_one by exact lt. field. exact q0.
      * intros c _. destruct (Nat.eqb_spec k c) as [<-|]; [rewrite plus_IZR, mult_IZR; ring | ring].
    + rewrite (IH ws ok). subst v. rewrite plus_IZR, mult_IZR. field. exact q0.
    + apply andb_prop in ok. destruct ok as [w0 ok]. apply Z.eqb_eq in w0. subst w.
      rewrite (IH ws ok). field. exact q0.
Qed.

(* One neuron: its row and bias over D, places before over q, the reduced layer over D', its own place over q'. *)
Fixpoint same_columns (ps : list place) (ws : list Z) (left right : Z) (c : nat) (ws' : list Z) : bool :=
  match ws' with
  | [] => true
  | w' :: rest => Z.eqb (collect ps ws c * left) (right * w') && same_columns ps ws left right (S c) rest
  end.

Fixpoint no_columns (ps : list place) (ws : list Z) (c m : nat) : bool :=
  match m with
  | O => true
  | S m' => Z.eqb (collect ps ws c) 0 && no_columns ps ws (S c) m'
  end.

Definition check_neuron (r : bool) (D D' q q' : Z) (m : nat) (before : list place) (reduced : list (list Z * Z))
    (row : list Z * Z) (p : place) : bool :=
  let const := (constants before (fst row) + snd row * q)%Z in
  match p with
  | Dropped => true
  | Constant k =>
      readable m before (fst row) && no_columns before (fst row) 0 m
      && (if r then (if Z.leb const 0 then Z.eqb k 0 else Z.eqb (const * q') (k * (q * D)))
          else Z.eqb (const * q') (k * (q * D)))
  | Merged c k =>
      match nth_error reduced c with
      | None => false
      | Some row' =>
          readable (length (fst row')) before (fst row)
          && same_columns before (fst row) (q' * D') (k * (q * D)) 0 (fst row')
          && Z.eqb (const * (q' * D')) (k * (q * D) * snd row')
          && (if r then Z.ltb 0 k else true)
      end
  end.

Fixpoint check_rows (r : bool) (D D' q q' : Z) (m : nat) (before : list place) (reduced : list (list Z * Z))
    (rws : list (list Z * Z)) (ps : list place) : bool :=
  match rws, ps with
  | [], [] => true
  | row :: rws', p :: ps' =>
      check_neuron r D D' q q' m before reduced row p && check_rows r D D' q q' m before reduced rws' ps'
  | _, _ => false
  end.

Definition check_layer (l l' : layer) (q q' : Z) (m : nat) (before after : list place) : bool :=
  Bool.eqb (relu l) (relu l') && Z.ltb 0 (den l) && Z.ltb 0 (den l') && Z.ltb 0 q && Z.ltb 0 q'
  && check_rows (relu l) (den l) (den l') q q' m before (rows l') (rows l) after.

Fixpoint identity (n c : nat) : list place :=
  match n with
  | O => []
  | S n' => Merged c 1 :: identity n' (S c)
  end.

Definition place_eqb (p p' : place) : bool :=
  match p, p' with
  | Merged c k, Merged c' k' => Nat.eqb c c' && Z.eqb k k'
  | _, _ => false
  end.

Fixpoint places_eqb (ps ps' : list place) : bool :=
  match ps, ps' with
  | [], [] => true
  | p :: r, p' :: r' => place_eqb p p' && places_eqb r r'
  | _, _ => false
  end.

(* Places of every layer with their denominators; those of the inputs and of the last layer are the identity. *)
Fixpoint check_from (ls ls' : list layer) (q : Z) (m : nat) (before : list place) (ps : list (Z * list place)) : bool :=
  match ls, ls', ps with
  | [], [], [] => Z.eqb q 1 && places_eqb before (identity m 0)
  | l :: rest, l' :: rest', (q', after) :: ps' =>
      check_layer l l' q q' m before after && check_from rest rest' q' (length (rows l')) after ps'
  | _, _, _ => false
  end.

Definition check (inputs : nat) (ls ls' : list layer) (ps : list (Z * list place)) : bool :=
  check_from ls ls' 1 inputs (identity inputs 0) ps.

Lemma act_scale r k z : (r = true -> 0 < k) -> act r (k * z) = k * act r z.
Proof.
  destruct r; simpl; intros H; [|reflexivity].
  assert (0 < k) by (apply H; reflexivity).
  unfold Rmax. destruct (Rle_dec (k * z) 0), (Rle_dec z 0); try reflexivity; try (rewrite Rmult_0_r; reflexivity); nra.
Qed.

Lemma same_columns_spec ps ws left right c ws' : same_columns ps ws left right c ws' = true ->
  forall i, (i < length ws')%nat -> (collect ps ws (c + i) * left = right * nth i ws' 0)%Z.
Proof.
  revert c. induction ws' as [|w' rest IH]; simpl; intros c H i lt; [lia|].
  apply andb_prop in H. destruct H as [H1 H2]. apply Z.eqb_eq in H1.
  destruct i as [|i]; [rewrite Nat.add_0_r; exact H1|].
  replace (c + S i)%nat with (S c + i)%nat by lia. apply IH; [exact H2 | lia].
Qed.

Lemma no_columns_spec ps ws c m : no_columns ps ws c m = true ->
  forall i, (i < m)%nat -> collect ps ws (c + i) = 0%Z.
Proof.
  revert c. induction m as [|m IH]; simpl; intros c H i lt; [lia|].
  apply andb_prop in H. destruct H as [H1 H2]. apply Z.eqb_eq in H1.
  destruct i as [|i]; [rewrite Nat.add_0_r; exact H1|].
  replace (c + S i)%nat with (S c + i)%nat by lia. apply IH; [exact H2 | lia].
Qed.

Lemma nth_map_error (A B : Type) (f : A -> B) l c d : forall a, nth_error l c = Some a -> nth c (map f l) d = f a.
Proof.
  revert c. induction l as [|b l IH]; intros [|c] a H; simpl in *; try discriminate.
  - injection H as ->. reflexivity.
  - apply IH. exact H.
Qed.

Lemma neuron_checked r D D' q q' m before reduced row p y x :
  (0 < D)%Z -> (0 < D')%Z -> (0 < q)%Z -> (0 < q')%Z -> lifted q before y x ->
  check_neuron r D D' q q' m before reduced row p = true ->
  placed q' (map (fun row' => act r ((dot (fst row') y + IZR (snd row')) / IZR D')) reduced) p
    (act r ((dot (fst row) x + IZR (snd row)) / IZR D)).
Proof.
  intros D0 D0' q0 q0' L ok.
  apply IZR_lt in D0, D0', q0, q0'.
  destruct p as [c k | k |]; simpl in ok |- *; [| |exact I].
  - destruct (nth_error reduced c) as [row'|] eqn:found; [|discriminate].
    apply andb_prop in ok. destruct ok as [ok pos]. apply andb_prop in ok. destruct ok as [ok bias].
    apply andb_prop in ok. destruct ok as [ok columns].
    rewrite (nth_map_error _ _ _ _ _ 0 _ found).
    rewrite <- act_scale.
    + f_equal. rewrite (dot_lifted q (length (fst row')) before _ y x) by (assumption || lra).
      rewrite dot_nth. apply Z.eqb_eq in bias.
      apply (f_equal IZR) in bias. rewrite !mult_IZR, plus_IZR, mult_IZR in bias.
      set (S1 := sums (fun c => IZR (collect before (fst row) c) * nth c y 0) (length (fst row'))).
      set (S2 := sums (fun c => IZR (nth c (fst row') 0%Z) * nth c y 0) (length (fst row'))).
      assert (E : S1 * (IZR q' * IZR D') = IZR k * (IZR q * IZR D) * S2).
      { unfold S1, S2. rewrite Rmult_comm, <- !sums_scale. apply sums_ext. intros i lt.
        pose proof (same_columns_spec _ _ _ _ _ _ columns i lt) as H. simpl in H.
        apply (f_equal IZR) in H. rewrite !mult_IZR in H.
        transitivity (IZR (collect before (fst row) i) * (IZR q' * IZR D') * nth i y 0); [ring|].
        rewrite H. ring. }
      assert (T : (S1 + (IZR (constants before (fst row)) + IZR (snd row) * IZR q)) * (IZR q' * IZR D')
                  = IZR k * (IZR q * IZR D) * (S2 + IZR (snd row'))).
      { rewrite Rmult_plus_distr_r, E, bias. ring. }
      replace (((S1 + IZR (constants before (fst row))) / IZR q + IZR (snd row)) / IZR D)
        with ((S1 + (IZR (constants before (fst row)) + IZR (snd row) * IZR q)) * (IZR q' * IZR D')
              / (IZR q * IZR D * (IZR q' * IZR D'))) by (field; lra).
      rewrite T. field. lra.
    + intros ->. apply Z.ltb_lt in pos. apply IZR_lt in pos. apply Rdiv_lt_0_compat; assumption.
  - apply andb_prop in ok. destruct ok as [ok value]. apply andb_prop in ok. destruct ok as [ok none].
    rewrite (dot_lifted q m before _ y x) by (assumption || lra).
    rewrite (sums_ext _ (fun _ => 0)); [|intros i lt; pose proof (no_columns_spec _ _ _ _ none i lt) as H; simpl in H; rewrite H; ring].
    rewrite sums_zero.
    set (const := (constants before (fst row) + snd row * q)%Z) in value.
    assert (E : ((0 + IZR (constants before (fst row))) / IZR q + IZR (snd row)) / IZR D = IZR const / (IZR q * IZR D)).
    { unfold const. rewrite plus_IZR, mult_IZR. field. lra. }
    rewrite E.
    assert (solve_value : (const * q' = k * (q * D))%Z -> IZR const / (IZR q * IZR D) = IZR k / IZR q').
    { intros H. apply (f_equal IZR) in H. rewrite !mult_IZR in H.
      replace (IZR const / (IZR q * IZR D)) with (IZR const * IZR q' / (IZR q * IZR D * IZR q')) by (field; lra).
      rewrite H. field. lra. }
    assert (positive : 0 < IZR q * IZR D) by nra.
    destruct r; simpl.
    + destruct (Z.leb const 0) eqn:sign.
      * apply Z.leb_le in sign. apply Z.eqb_eq in value. subst k. apply IZR_le in sign.
        rewrite Rmax_right; [unfold Rdiv; ring|].
        unfold Rdiv. assert (0 < / (IZR q * IZR D)) by (apply Rinv_0_lt_compat; exact positive). nra.
      * apply Z.leb_gt in sign. apply Z.eqb_eq in value. apply IZR_lt in sign.
        rewrite Rmax_left; [apply solve_value; exact value|].
        unfold Rdiv. assert (0 < / (IZR q * IZR D)) by (apply Rinv_0_lt_compat; exact positive). nra.
    + apply solve_value. apply Z.eqb_eq. exact value.
Qed.

Lemma layer_checked l l' q q' m before after y x : check_layer l l' q q' m before after = true ->
  lifted q before y x -> lifted q' after (eval_layer l' y) (eval_layer l x).
Proof.
  unfold check_layer. intros ok L.
  apply andb_prop in ok. destruct ok as [ok rws]. apply andb_prop in ok. destruct ok as [ok Q'].
  apply andb_prop in ok. destruct ok as [ok Q]. apply andb_prop in ok. destruct ok as [ok D'].
  apply andb_prop in ok. destruct ok as [same D].
  apply Z.ltb_lt in Q, Q', D, D'. apply eqb_prop in same.
  unfold eval_layer. rewrite <- same. revert rws. generalize (rows l) as rs. generalize after as ps.
  induction ps as [|p ps IH]; intros [|row rs] H; simpl in H; try discriminate; [constructor|].
  apply andb_prop in H. destruct H as [H1 H2]. simpl. constructor.
  - exact (neuron_checked (relu l) (den l) (den l') q q' m before (rows l') row p y x D D' Q Q' L H1).
  - apply IH. exact H2.
Qed.

Lemma skipn_tail (A : Type) c (y : list A) : skipn (S c) y = tl (skipn c y).
Proof. revert y. induction c as [|c IH]; intros [|v y]; try reflexivity. apply (IH y). Qed.

Lemma lifted_identity n c y : (length y = c + n)%nat -> lifted 1 (identity n c) y (skipn c y).
Proof.
  revert c. induction n as [|n IH]; intros c E; simpl.
  - rewrite skipn_all2 by lia. constructor.
  - destruct (skipn c y) as [|v rest] eqn:tail.
    { assert (length (skipn c y) = 0%nat) by (rewrite tail; reflexivity). rewrite skipn_length in H. lia. }
    assert (N : nth c y 0 = v).
    { rewrite <- (firstn_skipn c y) at 1. rewrite tail, app_nth2; rewrite firstn_length_le by lia; [|lia].
      rewrite Nat.sub_diag. reflexivity. }
    assert (T : skipn (S c) y = rest).
    { rewrite skipn_tail, tail. reflexivity. }
    constructor; [simpl; rewrite N; field|]. rewrite <- T. apply IH. lia.
Qed.

Lemma identity_lifted n c y x : lifted 1 (identity n c) y x -> x = map (fun i => nth i y 0) (seq c n).
Proof.
  revert c x. induction n as [|n IH]; intros c x L; inversion L; subst; simpl; [reflexivity|].
  f_equal; [simpl in H1; rewrite H1; field | apply IH; assumption].
Qed.

Lemma places_eqb_eq ps ps' : places_eqb ps ps' = true -> ps = ps'.
Proof.
  revert ps'. induction ps as [|p ps IH]; intros [|p' ps'] H; simpl in H; try discriminate; [reflexivity|].
  apply andb_prop in H. destruct H as [H1 H2]. f_equal; [|apply IH; exact H2].
  destruct p, p'; simpl in H1; try discriminate. apply andb_prop in H1. destruct H1 as [A B].
  apply Nat.eqb_eq in A. apply Z.eqb_eq in B. subst. reflexivity.
Qed.

Lemma seq_nth (y : list R) : map (fun i => nth i y 0) (seq 0 (length y)) = y.
Proof.
  assert (G : forall (l pre : list R), map (fun i => nth i (pre ++ l) 0) (seq (length pre) (length l)) = l).
  { induction l as [|v l IH]; intros pre; simpl; [reflexivity|]. f_equal.
    - rewrite app_nth2, Nat.sub_diag by lia. reflexivity.
    - specialize (IH (pre ++ [v])). rewrite app_length in IH. simpl in IH. rewrite Nat.add_1_r in IH.
      rewrite <- IH at 2. apply map_ext. intros i. rewrite <- app_assoc. reflexivity. }
  apply (G y []).
Qed.

Lemma from_checked ls ls' q m before ps y x : length y = m -> check_from ls ls' q m before ps = true ->
  lifted q before y x -> eval ls x = eval ls' y.
Proof.
  revert ls' q m before ps y x. induction ls as [|l ls IH]; intros [|l' ls'] q m before ps y x len ok L;
    destruct ps as [|[q' after] ps]; simpl in ok; try discriminate.
  - apply andb_prop in ok. destruct ok as [one same]. apply Z.eqb_eq in one. apply places_eqb_eq in same. subst.
    simpl. rewrite (identity_lifted _ _ _ _ L). apply seq_nth.
  - apply andb_prop in ok. destruct ok as [one rest]. simpl. eapply IH; [|exact rest|].
    + unfold eval_layer. rewrite map_length. reflexivity.
    + eapply layer_checked; eauto.
Qed.

Theorem network_checked inputs ls ls' ps : check inputs ls ls' ps = true ->
  forall x, length x = inputs -> eval ls x = eval ls' x.
Proof.
  intros ok x len. eapply from_checked; [exact len | exact ok |].
  pose proof (lifted_identity inputs 0 x) as H. simpl in H. apply H. exact len.
Qed.
