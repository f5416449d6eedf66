(* A verified checker for quotients of chains (ordinary lumping): numbers in, a boolean out.

   States are 1 to n, classes 1 to m. Rows are lists of (target, integer weight),
   over a denominator d for the chain and d' for its quotient. A step sends a
   distribution p (any real numbers) to the sums of p s * weight of (s, t); for a
   CTMC the weights are those of the generator, and k steps are the k-th
   derivative at time zero.

   Notations
     weight row t          the sum of the weights to t in a row
     step n d rows p t     one step
     lump n cls p c        the sum of p over the states of class c
     check                 the checker

   Main statement
     step_checked     if check accepts, one step and lumping commute
     chain_checked    so do k steps, for every k and start *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
Import ListNotations.
Local Open Scope R_scope.

Definition row := list (positive * Z).

Fixpoint weight (r : row) (t : positive) : Z :=
  match r with
  | [] => 0
  | (u, w) :: r' => if Pos.eqb u t then (w + weight r' t)%Z else weight r' t
  end.

(* The weight of a row into a class. *)
Fixpoint into (cls : positive -> positive) (r : row) (c : positive) : Z :=
  match r with
  | [] => 0
  | (u, w) :: r' => if Pos.eqb (cls u) c then (w + into cls r' c)%Z else into cls r' c
  end.

Definition range (n : nat) : list positive := map Pos.of_nat (seq 1 n).

Fixpoint total (f : positive -> R) (l : list positive) : R :=
  match l with
  | [] => 0
  | s :: l' => f s + total f l'
  end.

Definition step (n : nat) (d : Z) (rows : positive -> row) (p : positive -> R) (t : positive) : R :=
  total (fun s => p s * (IZR (weight (rows s) t) / IZR d)) (range n).

Definition lump (n : nat) (cls : positive -> positive) (p : positive -> R) (c : positive) : R :=
  total (fun s => if Pos.eqb (cls s) c then p s else 0) (range n).

Fixpoint steps (k n : nat) (d : Z) (rows : positive -> row) (p : positive -> R) : positive -> R :=
  match k with
  | O => p
  | S k' => steps k' n d rows (step n d rows p)
  end.

Definition inside (n : nat) (r : row) : bool := forallb (fun e => Nat.leb (Pos.to_nat (fst e)) n) r.

Definition check_row (n m : nat) (d d' : Z) (cls : positive -> positive) (r r' : row) : bool :=
  inside n r && forallb (fun c => Z.eqb (into cls r c * d') (weight r' c * d)) (map (fun e => cls (fst e)) r ++ map fst r').

Definition check (n m : nat) (d d' : Z) (cls : positive -> positive) (rows qrows : positive -> row) : bool :=
  Z.ltb 0 d && Z.ltb 0 d'
  && forallb (fun s => Nat.leb (Pos.to_nat (cls s)) m && check_row n m d d' cls (rows s) (qrows (cls s))) (range n).

Lemma total_ext f g l : (forall s, In s l -> f s = g s) -> total f l = total g l.
Proof.
  induction l as [|s l IH]; simpl; intros H; [reflexivity|]. rewrite H by (left; reflexivity).
  rewrite IH; [reflexivity|]. intros u U. apply H. right. exact U.
Qed.

Lemma total_zero l : total (fun _ => 0) l = 0.
Proof. induction l as [|s l IH]; simpl; [reflexivity|]. rewrite IH. ring. Qed.

Lemma total_plus f g l : total (fun s => f s + g s) l = total f l + total g l.
Proof. induction l as [|s l IH]; simpl; [ring|]. rewrite IH. ring. Qed.

Lemma total_scale k f l : total (fun s => k * f s) l = k * total f l.
Proof. induction l as [|s l IH]; simpl; [ring|]. rewrite IH. ring. Qed.

Lemma total_swap (f : positive -> positive -> R) l l' :
  total (fun s => total (f s) l') l = total (fun t => total (fun s => f s t) l) l'.
Proof.
  induction l as [|s l IH]; simpl; [rewrite total_zero; reflexivity|].
  rewrite IH, <- total_plus. reflexivity.
Qed.

Lemma total_one u v l : NoDup l -> In u l -> total (fun t => if Pos.eqb u t then v else 0) l = v.
Proof.
  induction l as [|t l IH]; simpl; intros D I; [contradiction|]. inversion D as [|? ? out D']; subst.
  destruct (Pos.eqb_spec u t) as [->|n].
  - rewrite (total_ext _ (fun _ => 0)); [rewrite total_zero; ring|].
    intros s S. destruct (Pos.eqb_spec t s) as [->|]; [contradiction|reflexivity].
  - rewrite IH; [ring | exact D' |]. destruct I as [e|I]; [symmetry in e; contradiction | exact I].
Qed.

Lemma map_NoDup (A B : Type) (f : A -> B) l : (forall a b, In a l -> In b l -> f a = f b -> a = b) ->
  NoDup l -> NoDup (map f l).
Proof.
  induction l as [|a l IH]; intros inj D; simpl; [constructor|]. inversion D as [|? ? out D']; subst. constructor.
  - intros I. apply in_map_iff in I. destruct I as [b [E I]]. apply out.
    rewrite <- (inj b a); [exact I | right; exact I | left; reflexivity | exact E].
  - apply IH; [|exact D']. intros b c I J. apply inj; right; assumption.
Qed.

Lemma range_NoDup n : NoDup (range n).
Proof.
  unfold range. apply map_NoDup; [|apply seq_NoDup].
  intros a b A B E. apply in_seq in A, B. rewrite <- (Nat2Pos.id a), <- (Nat2Pos.id b) by lia. rewrite E. reflexivity.
Qed.

Lemma range_In n t : (Pos.to_nat t <= n)%nat -> In t (range n).
Proof.
  intros H. unfold range. apply in_map_iff. exists (Pos.to_nat t). split; [apply Pos2Nat.id|].
  apply in_seq. pose proof (Pos2Nat.is_pos t). lia.
Qed.

Lemma into_total n cls r c : inside n r = true ->
  IZR (into cls r c) = total (fun t => if Pos.eqb (cls t) c then IZR (weight r t) else 0) (range n).
Proof.
  induction r as [|[u w] r IH]; simpl; intros ok.
  - rewrite (total_ext _ (fun _ => 0)); [rewrite total_zero; reflexivity|]. intros t _. destruct (Pos.eqb (cls t) c); reflexivity.
  - apply andb_prop in ok. destruct ok as [le ok]. apply Nat.leb_le in le. simpl in le.
    rewrite (total_ext _ (fun t => (if Pos.eqb u t then (if Pos.eqb (cls u) c then IZR w else 0) else 0)
                                   + (if Pos.eqb (cls t) c then IZR (weight r t) else 0))).
    + rewrite total_plus, <- IH by exact ok. rewrite total_one; [|apply range_NoDup | apply range_In; exact le].
      destruct (Pos.eqb (cls u) c); [rewrite plus_IZR; ring | ring].
    + intros t _. destruct (Pos.eqb_spec u t) as [->|].
      * destruct (Pos.eqb (cls t) c); [rewrite plus_IZR; ring | ring].
      * destruct (Pos.eqb (cls t) c); ring.
Qed.

Lemma into_absent cls r c : ~ In c (map (fun e => cls (fst e)) r) -> into cls r c = 0%Z.
Proof.
  induction r as [|[u w] r IH]; simpl; intros H; [reflexivity|].
  destruct (Pos.eqb_spec (cls u) c) as [<-|]; [exfalso; apply H; left; reflexivity|].
  apply IH. intros I. apply H. right. exact I.
Qed.

Lemma weight_absent r c : ~ In c (map fst r) -> weight r c = 0%Z.
Proof.
  induction r as [|[u w] r IH]; simpl; intros H; [reflexivity|].
  destruct (Pos.eqb_spec u c) as [<-|]; [exfalso; apply H; left; reflexivity|].
  apply IH. intros I. apply H. right. exact I.
Qed.

Lemma row_checked n m d d' cls r r' : check_row n m d d' cls r r' = true ->
  inside n r = true /\ forall c, (into cls r c * d' = weight r' c * d)%Z.
Proof.
  unfold check_row. intros ok. apply andb_prop in ok. destruct ok as [ins all]. split; [exact ins|].
  intros c. destruct (in_dec Pos.eq_dec c (map (fun e => cls (fst e)) r ++ map fst r')) as [I|O].
  - rewrite forallb_forall in all. apply Z.eqb_eq. apply all. exact I.
  - rewrite into_absent, weight_absent; [ring | |]; intros I; apply O; apply in_or_app; [right | left]; exact I.
Qed.

Theorem step_checked n m d d' cls rows qrows : check n m d d' cls rows qrows = true ->
  forall p c, lump n cls (step n d rows p) c = step m d' qrows (lump n cls p) c.
Proof.
  unfold check. intros ok p c. apply andb_prop in ok. destruct ok as [ok all]. apply andb_prop in ok.
  destruct ok as [D D']. apply Z.ltb_lt, IZR_lt in D, D'. rewrite forallb_forall in all.
  unfold lump at 1, step.
  transitivity (total (fun s => p s * (IZR (into cls (rows s) c) / IZR d)) (range n)).
  - rewrite (total_ext _ (fun t => total (fun s => if Pos.eqb (cls t) c then p s * (IZR (weight (rows s) t) / IZR d) else 0) (range n))).
    + rewrite total_swap. apply total_ext. intros s S. specialize (all s S). apply andb_prop in all. destruct all as [_ all].
      apply row_checked in all. destruct all as [ins _]. rewrite (into_total n) by exact ins.
      unfold Rdiv. rewrite <- Rmult_assoc, (Rmult_comm (p s * _)), <- !total_scale. apply total_ext. intros t _.
      destruct (Pos.eqb (cls t) c); ring.
    + intros t _. destruct (Pos.eqb (cls t) c); [reflexivity | rewrite total_zero; reflexivity].
  - transitivity (total (fun s => p s * (IZR (weight (qrows (cls s)) c) / IZR d')) (range n)).
    + apply total_ext. intros s S. specialize (all s S). apply andb_prop in all. destruct all as [_ all].
      apply row_checked in all. destruct all as [_ same]. specialize (same c). apply (f_equal IZR) in same.
      rewrite !mult_IZR in same. f_equal.
      replace (IZR (into cls (rows s) c) / IZR d) with (IZR (into cls (rows s) c) * IZR d' / (IZR d * IZR d')) by (field; lra).
      rewrite same. field. lra.
    + unfold lump.
      rewrite (total_ext (fun s => total (fun u => if Pos.eqb (cls u) s then p u else 0) (range n) * (IZR (weight (qrows s) c) / IZR d'))
                 (fun b => total (fun s => if Pos.eqb (cls s) b then p s * (IZR (weight (qrows (cls s)) c) / IZR d') else 0) (range n))).
      * rewrite <- (total_swap (fun s b => if Pos.eqb (cls s) b then p s * (IZR (weight (qrows (cls s)) c) / IZR d') else 0)).
        apply total_ext. intros s S. rewrite total_one; [reflexivity | apply range_NoDup |].
        specialize (all s S). apply andb_prop in all. destruct all as [le _]. apply Nat.leb_le in le. apply range_In. exact le.
      * intros b _. rewrite Rmult_comm, <- total_scale. apply total_ext. intros s _.
        destruct (Pos.eqb_spec (cls s) b) as [<-|]; ring.
Qed.

Lemma step_ext n d rows p p' : (forall s, p s = p' s) -> forall t, step n d rows p t = step n d rows p' t.
Proof. intros H t. unfold step. apply total_ext. intros s _. rewrite H. reflexivity. Qed.

Lemma steps_ext k n d rows p p' : (forall s, p s = p' s) -> forall t, steps k n d rows p t = steps k n d rows p' t.
Proof.
  revert p p'. induction k as [|k IH]; simpl; intros p p' H t; [apply H|].
  apply IH. apply step_ext. exact H.
Qed.

Theorem chain_checked n m d d' cls rows qrows : check n m d d' cls rows qrows = true ->
  forall k p c, lump n cls (steps k n d rows p) c = steps k m d' qrows (lump n cls p) c.
Proof.
  intros ok k. induction k as [|k IH]; intros p c; simpl; [reflexivity|].
  rewrite IH. apply steps_ext. intros b. apply (step_checked n m d d'). exact ok.
Qed.
