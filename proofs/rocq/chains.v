(* Lumpability of chains, in matrices.

   A is the matrix of a chain (n x n), V the 0/1 matrix of a partition into m
   classes, D a diagonal matrix of scales. All statements are for any number of
   states and classes; those about distributions are for every number of steps k.

   Notations
     ordinary A V Q      A V = V Q
     exact A V Q         A^T V = V Q
     one_sided A D V Q   A^T V = D V Q
     two_sided A D V Q   A^T D V = D V Q
     pow A k             the k-th power

   Main statements
     T3_ordinary    p A^k V = (p V) Q^k for every start p
     T4_exact       started in y V^T (constant on classes) it stays so
     T5_strict      both
     T6_duality     exact is ordinary of the transposed matrix
     T7_proportional, T7_stationary   dividing row s by its scale k(s): lumping, and the stationary distribution
     T8_singular, T8_singular_two     1^T D V Q = 0 for a generator, one-sided and two-sided
     T8_transient   two-sided: values that start in D V y stay there
     T8_reversed_ordinary, T8_reversed_two_sided   (c): two-sided is ordinary of the time-reversed chain
     T9_rescaled    two-sided becomes exact when every node is divided by its scale
     T10_compose    a lumping of the quotient is a lumping of the chain

   Hypotheses in the catalogue
     T3 lumpable               ordinary A V Q
     T4 lumpable               exact A V Q
     T4 uniform start          y *m V^T
     T5 lumpable               ordinary A V Q
     T5 uniform start          y *m V^T
     T7 proportional           ordinary (invmx K *m A) V Q
     T9 rescaling              invmx D *m A^T *m D *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Unscaled.

Variables (R : comRingType) (n m l : nat).
Implicit Types (A : 'M[R]_n) (V : 'M[R]_(n, m)) (Q : 'M[R]_m).

Fixpoint pow (s : nat) (A : 'M[R]_s) (k : nat) : 'M[R]_s :=
  if k is k'.+1 then pow A k' *m A else 1%:M.

Definition ordinary A V Q := A *m V = V *m Q.
Definition exact A V Q := A^T *m V = V *m Q.

Lemma ordinary_pow A V Q k : ordinary A V Q -> pow A k *m V = V *m pow Q k.
Proof.
move=> lump; elim: k => [|k IH] /=; first by rewrite mul1mx mulmx1.
by rewrite -mulmxA lump !mulmxA IH.
Qed.

Theorem T3_ordinary A V Q k (p : 'rV[R]_n) : ordinary A V Q ->
  p *m pow A k *m V = p *m V *m pow Q k.
Proof. by move=> lump; rewrite -mulmxA (ordinary_pow k lump) mulmxA. Qed.

Lemma exact_step A V Q (y : 'rV[R]_m) : exact A V Q -> y *m V^T *m A = y *m Q^T *m V^T.
Proof.
move=> lump; have turned : V^T *m A = Q^T *m V^T.
  by rewrite -[A]trmxK -trmx_mul lump trmx_mul.
by rewrite -mulmxA turned mulmxA.
Qed.

Theorem T4_exact A V Q k (y : 'rV[R]_m) : exact A V Q ->
  y *m V^T *m pow A k = y *m pow Q^T k *m V^T.
Proof.
move=> lump; elim: k => [|k IH] /=; first by rewrite !mulmx1.
by rewrite mulmxA IH (exact_step _ lump) mulmxA.
Qed.

Theorem T5_strict A V Q Q' k (p : 'rV[R]_n) (y : 'rV[R]_m) : ordinary A V Q -> exact A V Q' ->
  p *m pow A k *m V = p *m V *m pow Q k
  /\ y *m V^T *m pow A k = y *m pow Q'^T k *m V^T.
Proof. by move=> out into; split; [exact: T3_ordinary | exact: T4_exact]. Qed.

Theorem T6_duality A V Q : exact A V Q <-> ordinary A^T V Q.
Proof. by []. Qed.

Theorem T10_compose A V Q (W : 'M[R]_(m, l)) (Q2 : 'M[R]_l) :
  ordinary A V Q -> Q *m W = W *m Q2 -> A *m (V *m W) = (V *m W) *m Q2.
Proof. by move=> lump again; rewrite mulmxA lump -mulmxA again mulmxA. Qed.

End Unscaled.

Section Scaled.

Variables (F : fieldType) (n m : nat).
Implicit Types (A D : 'M[F]_n) (V : 'M[F]_(n, m)) (Q : 'M[F]_m).

Definition one_sided A D V Q := A^T *m V = D *m V *m Q.
Definition two_sided A D V Q := A^T *m D *m V = D *m V *m Q.

(* T7: K holds the factors of the rows. *)
Theorem T7_proportional A K V Q k (p : 'rV[F]_n) : ordinary (invmx K *m A) V Q ->
  p *m pow (invmx K *m A) k *m V = p *m V *m pow Q k.
Proof. exact: T3_ordinary. Qed.

Theorem T7_stationary A K (p : 'rV[F]_n) : K \in unitmx ->
  p *m A = 0 <-> (p *m K) *m (invmx K *m A) = 0.
Proof. by move=> unit_K; rewrite !mulmxA (mulmxK unit_K). Qed.

Theorem T9_rescaled A D V Q : D \in unitmx ->
  two_sided A D V Q <-> (invmx D *m A^T *m D) *m V = V *m Q.
Proof.
move=> unit_D; split=> lump.
  by rewrite -!mulmxA (mulmxA A^T) lump -mulmxA (mulKmx unit_D).
by rewrite /two_sided -[D *m V *m Q]mulmxA -lump !mulmxA (mulmxV unit_D) mul1mx.
Qed.

Theorem T8_transient A D V Q k (y : 'cV[F]_m) : two_sided A D V Q ->
  pow A^T k *m (D *m V *m y) = D *m V *m (pow Q k *m y).
Proof.
move=> lump; have together : A^T *m (D *m V) = (D *m V) *m Q by rewrite mulmxA.
by rewrite mulmxA (ordinary_pow k together) -mulmxA.
Qed.

(* (c): P = diag(p); the reversed chain is P^-1 A^T P. *)
Theorem T8_reversed_two_sided A (P : 'M[F]_n) V Q : P \in unitmx ->
  ordinary (invmx P *m A^T *m P) V Q <-> two_sided A P V Q.
Proof. by move=> unit_P; rewrite T9_rescaled. Qed.

(* (c): by (b) the scales are those of p, up to one factor E for every class. *)
Theorem T8_reversed_ordinary A D (P : 'M[F]_n) V Q (E : 'M[F]_m) :
  P \in unitmx -> E \in unitmx -> D *m V = P *m V *m E ->
  two_sided A D V Q -> ordinary (invmx P *m A^T *m P) V (E *m Q *m invmx E).
Proof.
move=> unit_P unit_E scales lump.
have same : A^T *m P *m V *m E = P *m V *m E *m Q.
  by rewrite -!mulmxA [P *m (V *m E)]mulmxA -scales mulmxA lump scales !mulmxA.
apply: (can_inj (mulKmx unit_P)); apply: (can_inj (mulmxK unit_E)).
rewrite !mulmxA (mulmxV unit_P) mul1mx same.
by rewrite -!mulmxA (mulVmx unit_E) mulmx1.
Qed.

(* Every sum of a column of Q vanishes against the total scale of its row class: Q is singular. *)
Theorem T8_singular A D V Q : const_mx 1 *m A^T = 0 :> 'rV[F]_n ->
  A^T *m V = D *m V *m Q -> (const_mx 1 *m D *m V : 'rV[F]_m) *m Q = 0.
Proof. by move=> generator lump; rewrite -!mulmxA [D *m (V *m Q)]mulmxA -lump mulmxA generator mul0mx. Qed.

Theorem T8_singular_two A D V Q : const_mx 1 *m A^T = 0 :> 'rV[F]_n ->
  two_sided A D V Q -> (const_mx 1 *m D *m V : 'rV[F]_m) *m Q = 0.
Proof. by move=> generator lump; rewrite -!mulmxA [D *m (V *m Q)]mulmxA -lump !mulmxA generator !mul0mx. Qed.

Lemma left_kernel_right Q (v : 'rV[F]_m) : v != 0 -> v *m Q = 0 -> exists2 y : 'cV[F]_m, y != 0 & Q *m y = 0.
Proof.
move=> nonzero kernel.
have small : (\rank Q < m)%N.
  rewrite ltn_neqAle rank_leq_row andbT; apply/negP => full.
  have unit_Q : Q \in unitmx by rewrite -row_full_unit /row_full.
  by move: nonzero; rewrite -[v](mulmxK unit_Q) kernel mul0mx eqxx.
have : kermx Q^T != 0 by rewrite kermx_eq0 row_free_unit unitmx_tr -row_full_unit /row_full neq_ltn small.
case/rowV0Pn => y /sub_kermxP in_kernel y0.
exists y^T; first by rewrite trmx_eq0.
by apply: trmx_inj; rewrite trmx_mul trmxK in_kernel trmx0.
Qed.

End Scaled.
