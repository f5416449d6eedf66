(* T23: epsilon by where the time is spent, and by what is forgotten.

   Notations
     eps B            how far, at most, a step from a state of the class B is from the class's row
     spent eps q      the mean of eps under a distribution on classes: what one step from it can cost
     at_class B       the distribution that is in the class B

   Main statements
     T23_spent        classes and quotient are apart by at most what the quotient spends in its steps
     T23_forgets      each step's cost counts by what the quotient does not forget of it afterwards
     T23_cost         what a step of the original costs, at most, by where the quotient is

   Hypotheses in the catalogue
     T23 epsilon               near
     T23 same start            (mass e p) *)

From mathcomp Require Import all_ssreflect all_algebra.
From LumpForm Require Import coupling.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Spent.

Variables (R : realFieldType) (S C : finType) (e : S -> C) (P : S -> S -> R) (Q : C -> C -> R) (eps : C -> R).

Definition spent (q : C -> R) : R := \sum_B q B * eps B.

Hypothesis P_ge0 : forall s t, 0 <= P s t.
Hypothesis Q_ge0 : forall B D, 0 <= Q B D.
Hypothesis rowsP : forall s, \sum_t P s t = 1.
Hypothesis rowsQ : forall B, \sum_D Q B D = 1.
Hypothesis eps_ge0 : forall B, 0 <= eps B.
Hypothesis near : forall s, apart (mass e (P s)) (Q (e s)) <= eps (e s).

Lemma near_overlap s : 1 - eps (e s) <= overlap (mass e (P s)) (Q (e s)).
Proof. by rewrite ler_subl_addl -ler_subl_addr -apart_overlap ?near ?rowsQ ?sum_mass ?rowsP. Qed.

Lemma pairs_spent p k : (forall s, 0 <= p s) ->
  \sum_s p s - \sum_(i < k) spent (iter i (advance Q) (mass e p)) <= \sum_t pairs e P Q p k t.
Proof.
move=> p_ge0; elim: k => [|k IH]; first by rewrite big_ord0 subr0.
rewrite big_ord_recr /= opprD addrA pairs_next.
have mu_ge0 s : 0 <= pairs e P Q p k s by have /andP [] := pairs_below e P_ge0 Q_ge0 k s p_ge0.
apply: le_trans (_ : \sum_t pairs e P Q p k t - spent (iter k (advance Q) (mass e p)) <= _).
  by rewrite ler_add2r.
rewrite ler_subl_addr.
apply: (@le_trans _ _ (\sum_s pairs e P Q p k s * (\sum_t share e P Q s t)
    + \sum_s pairs e P Q p k s * eps (e s))); last first.
  rewrite ler_add2l (partition_big e xpredT) //=; apply: ler_sum => B _.
  apply: le_trans (_ : mass e (pairs e P Q p k) B * eps B <= _); last first.
    by apply: ler_wpmul2r => //; exact: pairs_above.
  by rewrite /mass mulr_suml; apply: ler_sum => s /eqP ->.
rewrite -big_split /=; apply: ler_sum => s _; rewrite -mulrDr -[X in X <= _]mulr1.
by apply: ler_wpmul2l => //; rewrite -ler_subl_addr share_total // near_overlap.
Qed.

Theorem T23_spent p k : (forall s, 0 <= p s) -> \sum_s p s = 1 ->
  apart (mass e (iter k (advance P) p)) (iter k (advance Q) (mass e p))
    <= \sum_(i < k) spent (iter i (advance Q) (mass e p)).
Proof.
move=> p_ge0 total; rewrite apart_overlap; last 2 first.
- by rewrite sum_mass advance_total.
- by rewrite advance_total ?sum_mass.
rewrite ler_subl_addl -ler_subl_addr -total.
by apply: le_trans (pairs_spent k p_ge0) _; exact: pairs_overlap.
Qed.

(* Forgetting: what is left of a difference after some steps of the quotient. *)

Definition at_class (B D : C) : R := (D == B)%:R.

Definition size (z : C -> R) : R := 2%:R^-1 * \sum_B `|z B|.

Lemma spread (z : C -> R) j B :
  iter j (advance Q) z B = \sum_D z D * iter j (advance Q) (at_class D) B.
Proof.
elim: j B => [|j IH] B /=.
  rewrite (bigD1 B) //= big1 => [|D other]; first by rewrite /at_class eqxx mulr1 addr0.
  by rewrite /at_class eq_sym (negbTE other) mulr0.
rewrite {1}/advance; under eq_bigr do rewrite IH mulr_suml.
rewrite exchange_big; apply: eq_bigr => D _; rewrite mulr_sumr.
by apply: eq_bigr => F _; rewrite mulrA.
Qed.

Lemma apart_size (p q : C -> R) : apart p q = size (fun B => p B - q B).
Proof. by []. Qed.

Lemma half_ge0 : 0 <= 2%:R^-1 :> R.
Proof. by rewrite invr_ge0 ler0n. Qed.

Lemma size_ge0 z : 0 <= size z.
Proof. by rewrite mulr_ge0 ?half_ge0 ?sumr_ge0. Qed.

Lemma size_sum n (z : 'I_n -> C -> R) : size (fun B => \sum_i z i B) <= \sum_i size (z i).
Proof.
rewrite -mulr_sumr ler_wpmul2l ?half_ge0 //; rewrite exchange_big /=; apply: ler_sum => B _.
exact: ler_norm_sum.
Qed.

Definition above (x : R) : R := 2%:R^-1 * (`|x| + x).
Definition below (x : R) : R := 2%:R^-1 * (`|x| - x).

Lemma above_ge0 x : 0 <= above x.
Proof. by rewrite mulr_ge0 ?half_ge0 // -ler_subl_addr sub0r -normrN ler_norm. Qed.

Lemma below_ge0 x : 0 <= below x.
Proof. by rewrite mulr_ge0 ?half_ge0 // subr_ge0 ler_norm. Qed.

Lemma above_below x : above x - below x = x.
Proof. by rewrite -mulrBr opprB addrC addrA subrK -mulr2n -[x *+ 2]mulr_natl mulKf // pnatr_eq0. Qed.

Lemma sum_above (z : C -> R) : \sum_B z B = 0 -> \sum_B above (z B) = size z.
Proof. by move=> zero; rewrite -mulr_sumr big_split /= zero addr0. Qed.

Lemma sum_below (z : C -> R) : \sum_B z B = 0 -> \sum_B below (z B) = size z.
Proof. by move=> zero; rewrite -mulr_sumr sumrB zero subr0. Qed.

(* All pairs of what a difference has more of and what it has less of. *)
Lemma paired (z : C -> R) (K : C -> C -> R) (B : C) : \sum_D z D = 0 ->
  size z * (\sum_D z D * K D B) = \sum_D \sum_F above (z D) * below (z F) * (K D B - K F B).
Proof.
move=> zero; symmetry.
have apply_out (a b x y : R) : a * b * (x - y) = a * x * b - a * (b * y).
  by rewrite mulrBr -!mulrA [b * x]mulrC.
transitivity (\sum_D above (z D) * K D B * size z - \sum_D \sum_F above (z D) * (below (z F) * K F B)).
  rewrite -sumrB; apply: eq_bigr => D _; rewrite -(sum_below zero) mulr_sumr -sumrB.
  by apply: eq_bigr => F _; exact: apply_out.
rewrite [X in _ - X]exchange_big /=.
under [X in _ - X]eq_bigr do rewrite -mulr_suml sum_above //.
rewrite -mulr_suml mulrC -mulr_sumr -mulrBr -sumrB; congr (_ * _).
by apply: eq_bigr => D _; rewrite -mulrBl above_below.
Qed.

Lemma forgets z j tau :
  (forall B D, apart (iter j (advance Q) (at_class B)) (iter j (advance Q) (at_class D)) <= tau) ->
  \sum_B z B = 0 -> size (iter j (advance Q) z) <= tau * size z.
Proof.
move=> mixed zero; set K := fun D => iter j (advance Q) (at_class D).
have [none | some] := eqVneq (size z) 0.
  rewrite none mulr0 /size big1 ?mulr0 // => B _; rewrite spread big1 ?normr0 // => D _.
  have all0 : \sum_B `|z B| = 0.
    by move/eqP: none; rewrite mulf_eq0 invr_eq0 pnatr_eq0 /= => /eqP.
  suff -> : z D = 0 by rewrite mul0r.
  apply/eqP; rewrite -normr_eq0; move/eqP: all0; rewrite psumr_eq0 // => /allP /(_ D).
  by rewrite mem_index_enum => /(_ isT).
have m_gt0 : 0 < size z by rewrite lt_def some size_ge0.
rewrite -(ler_pmul2l m_gt0) {1}[size (iter _ _ _)]/size mulrCA mulr_sumr.
apply: le_trans (_ : 2%:R^-1 * (\sum_B \sum_D \sum_F above (z D) * below (z F) * `|K D B - K F B|) <= _).
  rewrite ler_wpmul2l ?half_ge0 //; apply: ler_sum => B _.
  rewrite -[X in X * `|_|](ger0_norm (size_ge0 z)) -normrM spread (paired K B zero).
  apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => D _.
  apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => F _.
  by rewrite normrM ger0_norm // mulr_ge0 ?above_ge0 ?below_ge0.
rewrite exchange_big /=; under eq_bigr do rewrite exchange_big /=.
rewrite mulr_sumr.
apply: le_trans (_ : \sum_D \sum_F above (z D) * below (z F) * tau <= _); last first.
  under eq_bigr do rewrite -mulr_suml -mulr_sumr sum_below //.
  have turned (x y : R) : x * x * y = x * (y * x) by rewrite -mulrA [x * y]mulrC.
  by rewrite -mulr_suml -mulr_suml sum_above // turned.
apply: ler_sum => D _; rewrite mulr_sumr; apply: ler_sum => F _.
rewrite -mulr_sumr mulrCA; apply: ler_wpmul2l; first by rewrite mulr_ge0 ?above_ge0 ?below_ge0.
exact: mixed.
Qed.

(* By how much the class sums of one step differ from a step of the quotient. *)
Definition gap (p : S -> R) (B : C) : R := mass e (advance P p) B - advance Q (mass e p) B.

Lemma gap_sum p B : gap p B = \sum_s p s * (mass e (P s) B - Q (e s) B).
Proof.
rewrite /gap mass_advance /advance [X in _ - X](_ : _ = \sum_s p s * Q (e s) B); last first.
  rewrite [RHS](partition_big e xpredT) //=; apply: eq_bigr => D _.
  by rewrite /mass mulr_suml; apply: eq_bigr => s /eqP ->.
by rewrite -sumrB; apply: eq_bigr => s _; rewrite mulrBr.
Qed.

Lemma gap_total p : \sum_B gap p B = 0.
Proof.
under eq_bigr do rewrite gap_sum.
rewrite exchange_big big1 //= => s _; rewrite -mulr_sumr sumrB sum_mass rowsP rowsQ subrr.
by rewrite mulr0.
Qed.

Lemma gap_size p : (forall s, 0 <= p s) -> size (gap p) <= spent (mass e p).
Proof.
move=> p_ge0; apply: le_trans (_ : \sum_s p s * apart (mass e (P s)) (Q (e s)) <= _).
  rewrite /size /apart; under [X in _ <= X]eq_bigr do rewrite mulrCA mulr_sumr.
  rewrite -mulr_sumr ler_wpmul2l ?half_ge0 // exchange_big /=; apply: ler_sum => B _.
  rewrite gap_sum; apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => s _.
  by rewrite normrM ger0_norm.
apply: le_trans (_ : \sum_s p s * eps (e s) <= _); first by apply: ler_sum => s _; rewrite ler_wpmul2l.
rewrite (partition_big e xpredT) //=; apply: ler_sum => B _.
by rewrite /mass mulr_suml; apply: ler_sum => s /eqP ->.
Qed.

Lemma advance_sum n (z : 'I_n -> C -> R) B :
  advance Q (fun D => \sum_i z i D) B = \sum_i advance Q (z i) B.
Proof. by rewrite /advance exchange_big /=; apply: eq_bigr => D _; rewrite mulr_suml. Qed.

Lemma advance_sub (u v : C -> R) B : advance Q (fun D => u D - v D) B = advance Q u B - advance Q v B.
Proof. by rewrite /advance -sumrB; apply: eq_bigr => D _; rewrite mulrBl. Qed.

Lemma gaps p k B : mass e (iter k (advance P) p) B - iter k (advance Q) (mass e p) B
  = \sum_(i < k) iter (k.-1 - i) (advance Q) (gap (iter i (advance P) p)) B.
Proof.
elim: k B => [|k IH] B; first by rewrite big_ord0 subrr.
rewrite big_ord_recr /= subnn /=.
transitivity (advance Q (fun D => mass e (iter k (advance P) p) D - iter k (advance Q) (mass e p) D) B
    + gap (iter k (advance P) p) B).
  by rewrite advance_sub /gap [RHS]addrC addrA subrK.
congr (_ + _); transitivity (advance Q (fun D =>
    \sum_(i < k) iter (k.-1 - i) (advance Q) (gap (iter i (advance P) p)) D) B).
  by apply: eq_bigr => D _; rewrite IH.
rewrite advance_sum; apply: eq_bigr => i _; case: k i {IH} => [|k] [i lt] //=.
by rewrite subSn.
Qed.

Lemma pushed_ge0 (T : finType) (A : T -> T -> R) p k t :
  (forall s u, 0 <= A s u) -> (forall s, 0 <= p s) -> 0 <= iter k (advance A) p t.
Proof.
move=> A_ge0 p_ge0; elim: k t => [|k IH] t //=; apply: sumr_ge0 => s _; exact: mulr_ge0.
Qed.

Theorem T23_forgets p k (tau : nat -> R) : (forall s, 0 <= p s) ->
  (forall j B D, apart (iter j (advance Q) (at_class B)) (iter j (advance Q) (at_class D)) <= tau j) ->
  apart (mass e (iter k (advance P) p)) (iter k (advance Q) (mass e p))
    <= \sum_(i < k) tau (k.-1 - i)%N * spent (mass e (iter i (advance P) p)).
Proof.
move=> p_ge0 mixed; have [B _ | none] := pickP (@predT C); last first.
  rewrite /apart big_pred0 // mulr0 sumr_ge0 // => i _.
  by rewrite /spent big_pred0 // mulr0.
rewrite apart_size [size _](_ : _ = size (fun B =>
    \sum_(i < k) iter (k.-1 - i) (advance Q) (gap (iter i (advance P) p)) B)); last first.
  by rewrite /size; congr (_ * _); apply: eq_bigr => D _; rewrite gaps.
apply: le_trans (size_sum _) _; apply: ler_sum => i _.
apply: le_trans (forgets (mixed _) (gap_total _)) _; apply: ler_wpmul2l.
  by apply: le_trans (mixed (k.-1 - i)%N B B); exact: size_ge0.
by apply: gap_size => s; exact: pushed_ge0.
Qed.

Theorem T23_cost (u v : C -> R) top : \sum_B u B = \sum_B v B -> (forall B, eps B <= top) ->
  spent u <= spent v + apart u v * top.
Proof.
move=> same most; rewrite -ler_subl_addl /spent -sumrB.
have zero : \sum_B (u B - v B) = 0 by rewrite sumrB same subrr.
rewrite apart_size -(sum_above zero) mulr_suml; apply: ler_sum => B _.
rewrite -mulrBl; apply: le_trans (_ : above (u B - v B) * eps B <= _); last first.
  by apply: ler_wpmul2l; rewrite ?above_ge0.
by apply: ler_wpmul2r => //; rewrite -[X in X <= _]above_below ler_subl_addr ler_addl below_ge0.
Qed.

End Spent.
