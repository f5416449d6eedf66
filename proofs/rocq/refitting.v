(* T18: refitting never hurts.

   Inputs come from any weighted set of samples; h are the features that a reduced
   layer gives, a constant among them, and y is what the original layer is read to.

   Notations
     read h c           the values that the read-out c makes of the features
     loss p y h c       its weighted squared error
     normal p y h c     c solves the normal equations: it is the refitted read-out

   Main statements
     T18_refit        no read-out of the same features has a smaller error than the refitted one
     T18_exists       there is always one
     T18_candidates   so the best of several refitted layers is at least as good as each with any read-out

   Hypotheses in the catalogue
     T18 one distribution      loss *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Refit.

Variables (R : realFieldType) (T : finType) (p : T -> R) (y : T -> R).
Hypothesis p_ge0 : forall k, 0 <= p k.

Definition read (m : nat) (h : T -> 'rV[R]_m) (c : 'cV[R]_m) (k : T) : R := (h k *m c) 0 0.

Definition loss (m : nat) (h : T -> 'rV[R]_m) (c : 'cV[R]_m) : R := \sum_k p k * (y k - read h c k) ^+ 2.

Definition normal (m : nat) (h : T -> 'rV[R]_m) (c : 'cV[R]_m) :=
  forall u, \sum_k p k * (y k - read h c k) * read h u k = 0.

Lemma readB m (h : T -> 'rV[R]_m) c c' k : read h (c - c') k = read h c k - read h c' k.
Proof. by rewrite /read mulmxBr !mxE. Qed.

Lemma square_split (q u v : R) : q * (u + v) ^+ 2 = q * u ^+ 2 + (q * v ^+ 2 + q * u * v *+ 2).
Proof. by rewrite sqrrD mulrDr mulrDr mulrnAr [q * (u * v)]mulrA -addrA; congr (_ + _); rewrite addrC. Qed.

Theorem T18_refit m (h : T -> 'rV[R]_m) c c' : normal h c -> loss h c <= loss h c'.
Proof.
move=> zero; have split k : p k * (y k - read h c' k) ^+ 2 = p k * (y k - read h c k) ^+ 2 +
    (p k * read h (c - c') k ^+ 2 + p k * (y k - read h c k) * read h (c - c') k *+ 2).
  rewrite (_ : y k - read h c' k = (y k - read h c k) + read h (c - c') k); last first.
    by rewrite readB addrA subrK.
  exact: square_split.
rewrite /loss (eq_bigr _ (fun k _ => split k)) big_split big_split /= sumrMnl zero mul0rn addr0 ler_addl.
by apply: sumr_ge0 => k _; rewrite mulr_ge0 ?sqr_ge0.
Qed.

(* The normal equations have a solution: what they map to zero has no part in the right side. *)
Theorem T18_exists m (h : T -> 'rV[R]_m) : exists c, normal h c.
Proof.
pose G : 'M[R]_m := \sum_k p k *: ((h k)^T *m h k).
pose r : 'rV[R]_m := \sum_k (p k * y k) *: h k.
have symmetric : G^T = G.
  by rewrite /G linear_sum; apply: eq_bigr => k _; rewrite linearZ /= trmx_mul trmxK.
have form (z : 'cV[R]_m) : (z^T *m G *m z) 0 0 = \sum_k p k * read h z k ^+ 2.
  rewrite /G mulmx_sumr mulmx_suml summxE; apply: eq_bigr => k _.
  rewrite -scalemxAr -scalemxAl mxE; congr (_ * _); rewrite mulmxA -trmx_mul -mulmxA expr2 /read.
  by rewrite [h k *m z]mx11_scalar tr_scalar_mx mul_scalar_mx !mxE eqxx mulr1n.
have inside : (r <= G)%MS.
  rewrite submxE; apply/eqP/rowP => j; rewrite [RHS]mxE; set z := col j (cokermx G).
  have zero : G *m z = 0 by rewrite /z colE mulmxA mulmx_coker mul0mx.
  have none k : p k * read h z k = 0.
    have := form z; rewrite -mulmxA zero mulmx0 mxE => /esym /psumr_eq0P small.
    have /eqP := small (fun k _ => mulr_ge0 (p_ge0 k) (sqr_ge0 _)) k isT.
    by rewrite mulf_eq0 sqrf_eq0 => /orP [] /eqP ->; rewrite ?mul0r ?mulr0.
  have -> : (r *m cokermx G) 0 j = (r *m z) 0 0.
    have -> : r *m z = col j (r *m cokermx G) by rewrite /z !colE mulmxA.
    by rewrite [RHS]mxE.
  rewrite /r mulmx_suml summxE big1 ?mxE // => k _.
  by rewrite -scalemxAl mxE -/(read h z k) mulrAC none mul0r.
have /submxP [c same] := inside; exists c^T => u.
have : (r *m u) 0 0 = (c *m G *m u) 0 0 by rewrite -same.
rewrite /r /G mulmx_suml summxE mulmx_sumr mulmx_suml summxE => /eqP; rewrite -subr_eq0 -sumrB => /eqP sum0.
rewrite -[RHS]sum0; apply: eq_bigr => k _.
have first : ((p k * y k) *: h k *m u) 0 0 = p k * y k * read h u k by rewrite -scalemxAl mxE.
have second : (c *m (p k *: ((h k)^T *m h k)) *m u) 0 0 = p k * read h c^T k * read h u k.
  have turned : c *m (h k)^T = (read h c^T k)%:M.
    by rewrite /read -mx11_scalar -[LHS]trmxK trmx_mul trmxK [h k *m c^T]mx11_scalar tr_scalar_mx.
  by rewrite -scalemxAr -scalemxAl mxE mulmxA turned -mulmxA mul_scalar_mx mxE mulrA.
by rewrite first second mulrBr mulrBl.
Qed.

(* Several layers that could be kept, each with features of its own; one of them, refitted, is as good as all. *)
Theorem T18_candidates (I : finType) (size : I -> nat) (h : forall i, T -> 'rV[R]_(size i))
    (c : forall i, 'cV[R]_(size i)) (i0 : I) : (forall i, normal (h i) (c i)) ->
  exists i, forall j c', loss (h i) (c i) <= loss (h j) c'.
Proof.
move=> fitted; case: (arg_minP (fun i => loss (h i) (c i)) (erefl (i0 \in I))) => i _ best.
by exists i => j c'; apply: le_trans (best j isT) _; exact: T18_refit.
Qed.

End Refit.
