(* T14: chains whose classes are nearly lumpable, by a coupling.

   Notations
     mass p B         what a distribution gives to a class
     advance A p      one step of a chain
     overlap p q      the mass that two distributions have in common
     apart p q        their distance in total variation

   Main statements
     T14_overlap      classes and quotient have (1 - eps)^k in common after k steps
     T14_apart        so they are at most 1 - (1 - eps)^k apart
     T14_mixture      and so are mixtures over numbers of steps: uniformised chains in continuous time

   Hypotheses in the catalogue
     T14 epsilon               near *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Chains.

Variables (R : realFieldType) (S C : finType) (e : S -> C) (P : S -> S -> R) (Q : C -> C -> R).

Definition advance (T : finType) (A : T -> T -> R) (p : T -> R) (t : T) : R := \sum_s p s * A s t.

Definition mass (p : S -> R) (B : C) : R := \sum_(t | e t == B) p t.

Definition overlap (p q : C -> R) : R := \sum_B Num.min (p B) (q B).

Definition apart (p q : C -> R) : R := 2%:R^-1 * (\sum_B `|p B - q B|).

Hypothesis P_ge0 : forall s t, 0 <= P s t.
Hypothesis Q_ge0 : forall B D, 0 <= Q B D.

Definition share s t : R := P s t * (Num.min (mass (P s) (e t)) (Q (e s) (e t)) / mass (P s) (e t)).

Lemma mass_ge0 s B : 0 <= mass (P s) B.
Proof. exact: sumr_ge0. Qed.

Lemma share_ge0 s t : 0 <= share s t.
Proof. by rewrite mulr_ge0 // divr_ge0 ?mass_ge0 // le_minr mass_ge0 Q_ge0. Qed.

Lemma share_le s t : share s t <= P s t.
Proof.
rewrite /share -[X in _ <= X]mulr1; apply: ler_wpmul2l => //.
have [zero | some] := eqVneq (mass (P s) (e t)) 0; first by rewrite zero invr0 mulr0 ler01.
by rewrite ler_pdivr_mulr ?mul1r ?le_minl ?lexx // lt_neqAle eq_sym some mass_ge0.
Qed.

Lemma share_mass s B : mass (share s) B = Num.min (mass (P s) B) (Q (e s) B).
Proof.
transitivity (mass (P s) B * (Num.min (mass (P s) B) (Q (e s) B) / mass (P s) B)).
  by rewrite /mass mulr_suml; apply: eq_bigr => t /eqP same; rewrite /share same.
have [zero | some] := eqVneq (mass (P s) B) 0; last by rewrite mulrC divfK.
by rewrite zero mul0r min_l.
Qed.

Lemma sum_mass (p : S -> R) : \sum_B mass p B = \sum_t p t.
Proof. by rewrite [RHS](partition_big e xpredT). Qed.

Lemma mass_advance (A : S -> S -> R) p B : mass (advance A p) B = \sum_s p s * mass (A s) B.
Proof. by rewrite /mass exchange_big; apply: eq_bigr => s _; rewrite mulr_sumr. Qed.

(* Pairs of a state and its class that both chains are in at once: of each step what both have in common. *)
Definition pairs (p : S -> R) k : S -> R := iter k (advance share) p.

Lemma pairs_below p k t : (forall s, 0 <= p s) -> 0 <= pairs p k t <= iter k (advance P) p t.
Proof.
move=> p_ge0; elim: k t => [|k IH] t; first by rewrite /= p_ge0 lexx.
have mu_ge0 s : 0 <= pairs p k s by have /andP [] := IH s.
apply/andP; split; first by apply: sumr_ge0 => s _; rewrite mulr_ge0 ?share_ge0.
apply: ler_sum => s _; have /andP [_ mu_le] := IH s.
by apply: ler_pmul; rewrite ?share_ge0 ?share_le.
Qed.

Lemma pairs_above p q k B : (forall s, 0 <= p s) -> (forall D, mass p D <= q D) ->
  mass (pairs p k) B <= iter k (advance Q) q B.
Proof.
move=> p_ge0 start; elim: k B => [|k above] B //=; rewrite mass_advance.
apply: le_trans (_ : \sum_D mass (pairs p k) D * Q D B <= _); last first.
  by apply: ler_sum => D _; apply: ler_wpmul2r.
rewrite (partition_big e xpredT) //=; apply: ler_sum => D _.
rewrite [mass (pairs p k) D]/mass mulr_suml; apply: ler_sum => s /eqP <-.
apply: ler_wpmul2l; first by have /andP [] := pairs_below k s p_ge0.
by rewrite share_mass le_minl lexx orbT.
Qed.

Lemma pairs_next p k : \sum_t pairs p k.+1 t = \sum_s pairs p k s * (\sum_t share s t).
Proof. by rewrite exchange_big; apply: eq_bigr => s _; rewrite mulr_sumr. Qed.

Lemma pairs_overlap p k : (forall s, 0 <= p s) ->
  \sum_t pairs p k t <= overlap (mass (iter k (advance P) p)) (iter k (advance Q) (mass p)).
Proof.
move=> p_ge0; rewrite -sum_mass; apply: ler_sum => B _; rewrite le_minr pairs_above // andbT.
by apply: ler_sum => t _; have /andP [] := pairs_below k t p_ge0.
Qed.

Lemma share_total s : \sum_t share s t = overlap (mass (P s)) (Q (e s)).
Proof. by rewrite -sum_mass; apply: eq_bigr => B _; exact: share_mass. Qed.

Variable eps : R.
Hypothesis eps_le1 : eps <= 1.
Hypothesis near : forall s, 1 - eps <= overlap (mass (P s)) (Q (e s)).

Lemma pairs_left p k : (forall s, 0 <= p s) -> (1 - eps) ^+ k * (\sum_t p t) <= \sum_t pairs p k t.
Proof.
move=> p_ge0; elim: k => [|k IH]; first by rewrite expr0 mul1r.
rewrite exprS -mulrA pairs_next; apply: le_trans (_ : (1 - eps) * (\sum_t pairs p k t) <= _).
  by apply: ler_wpmul2l => //; rewrite subr_ge0.
rewrite mulr_sumr; apply: ler_sum => s _; rewrite mulrC share_total.
by apply: ler_wpmul2l => //; have /andP [] := pairs_below k s p_ge0.
Qed.

Theorem T14_overlap p k : (forall s, 0 <= p s) -> \sum_s p s = 1 ->
  (1 - eps) ^+ k <= overlap (mass (iter k (advance P) p)) (iter k (advance Q) (mass p)).
Proof.
move=> p_ge0 total; apply: le_trans (pairs_overlap k p_ge0).
by have := pairs_left k p_ge0; rewrite total mulr1.
Qed.

Lemma apart_overlap p q : \sum_B p B = 1 -> \sum_B q B = 1 -> apart p q = 1 - overlap p q.
Proof.
move=> p1 q1; rewrite /apart /overlap.
have each B : `|p B - q B| = p B + q B - Num.min (p B) (q B) *+ 2.
  rewrite mulr2n opprD; case: (leP (p B) (q B)) => order.
    by rewrite distrC ger0_norm ?subr_ge0 // addrACA subrr add0r.
  by rewrite ger0_norm ?subr_ge0 ?(ltW order) // addrACA subrr addr0.
rewrite (eq_bigr _ (fun B _ => each B)) sumrB big_split /= p1 q1 sumrMnl -mulr2n -mulrnBl.
by rewrite -[X in _ * X]mulr_natl mulKf // pnatr_eq0.
Qed.

Lemma advance_total (T : finType) (A : T -> T -> R) p k : (forall s, \sum_t A s t = 1) ->
  \sum_t iter k (advance A) p t = \sum_t p t.
Proof.
move=> rows; elim: k => [|k IH] //=; rewrite -IH exchange_big /=; apply: eq_bigr => s _.
by rewrite -mulr_sumr rows mulr1.
Qed.

Theorem T14_apart p k : (forall s, \sum_t P s t = 1) -> (forall B, \sum_D Q B D = 1) ->
  (forall s, 0 <= p s) -> \sum_s p s = 1 ->
  apart (mass (iter k (advance P) p)) (iter k (advance Q) (mass p)) <= 1 - (1 - eps) ^+ k.
Proof.
move=> rowsP rowsQ p_ge0 total; rewrite apart_overlap; last 2 first.
- by rewrite sum_mass advance_total.
- by rewrite advance_total ?sum_mass.
by rewrite ler_sub // T14_overlap.
Qed.

(* A mixture of step numbers, as uniformisation makes one of a chain in continuous time: c k is the probability of k
   jumps (Poisson), n of them are taken along. What holds of all n holds in the limit. *)
Theorem T14_mixture p n (c : nat -> R) : (forall s, \sum_t P s t = 1) -> (forall B, \sum_D Q B D = 1) ->
  (forall s, 0 <= p s) -> \sum_s p s = 1 -> (forall k, 0 <= c k) ->
  apart (fun B => \sum_(k < n) c k * mass (iter k (advance P) p) B)
        (fun B => \sum_(k < n) c k * iter k (advance Q) (mass p) B)
    <= \sum_(k < n) c k * (1 - (1 - eps) ^+ k).
Proof.
move=> rowsP rowsQ p_ge0 total c_ge0.
apply: (@le_trans _ _ (\sum_(k < n) c k * apart (mass (iter k (advance P) p)) (iter k (advance Q) (mass p)))).
  rewrite /apart (eq_bigr (fun k : 'I_n => 2%:R^-1 * \sum_B c k *
      `|mass (iter k (advance P) p) B - iter k (advance Q) (mass p) B|)); last first.
    by move=> k _; rewrite mulrCA mulr_sumr.
  rewrite -mulr_sumr exchange_big /= ler_wpmul2l ?invr_ge0 ?ler0n //; apply: ler_sum => B _.
  rewrite -sumrB; apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => k _.
  by rewrite -mulrBr normrM ger0_norm.
by apply: ler_sum => k _; apply: ler_wpmul2l; rewrite ?T14_apart.
Qed.

End Chains.
