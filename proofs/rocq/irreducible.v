(* Irreducible generators: the stationary distribution, and T8 on it.

   Notations
     generator Q     off the diagonal not negative, rows sum to zero
     irreducible Q   no proper set of states is closed
     part pi         the 0/1 matrix of the partition pi
     scale d         the diagonal matrix of d

   Main statements
     connected_irreducible   strongly connected is irreducible
     one_sign                a vector z <> 0 with z Q = 0 has one sign
     unique_stationary       such vectors are multiples of each other
     T8_a                    one-sided: p is constant on classes
     T8_b                    two-sided: p is d times one value per class
     T4_stationary           exact: p is constant on classes
     T8_reducible            (d): without irreducibility (a) fails
     T8_some                 (d): but some invariant vector is constant on classes
     T8_e_two, T8_e_not_one  (e): a chain that is two-sided and not one-sided

   Hypotheses in the catalogue
     T8 irreducible            irreducible Q *)

From mathcomp Require Import all_ssreflect all_algebra.
From LumpForm Require Import chains.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Irreducible.

Variables (R : realFieldType) (n : nat).
Implicit Types (Q : 'M[R]_n) (z p : 'rV[R]_n).

Definition generator Q :=
  (forall i j, i != j -> 0 <= Q i j) /\ (forall i, \sum_j Q i j = 0).

Definition irreducible Q :=
  forall S : {set 'I_n}, S != set0 ->
    (forall i j, i \in S -> j \notin S -> Q i j = 0) -> S = setT.

Lemma connected_irreducible Q :
  (forall i j, connect (fun i j => Q i j != 0) i j) -> irreducible Q.
Proof.
move=> conn S /set0Pn [i iS] closed; apply/setP => j; rewrite inE.
have /connectP [p pth ->] := conn i j.
elim: p i iS pth => //= k p IH i iS /andP [edge pth]; apply: (IH k) => //.
by apply: contraNT edge => kS; rewrite (closed i k).
Qed.

Lemma positive_part Q z : generator Q -> irreducible Q -> z *m Q = 0 ->
  (exists i, 0 < z 0 i) -> forall i, 0 < z 0 i.
Proof.
move=> [off rows] irr stat [i0 pos0].
pose S := [set i | 0 < z 0 i].
pose q i := \sum_(j in S) Q i j.
have total : \sum_i z 0 i * q i = 0.
  transitivity (\sum_(j in S) (z *m Q) 0 j); last first.
    by apply: big1 => j _; rewrite stat mxE.
  under eq_bigr do rewrite mulr_sumr.
  by rewrite exchange_big /=; apply: eq_bigr => j _; rewrite mxE.
have q_in i : i \in S -> q i = - \sum_(j | j \notin S) Q i j.
  by move=> _; have := rows i; rewrite (bigID (mem S)) /= => /eqP; rewrite addr_eq0 => /eqP.
have out_ge i : i \in S -> 0 <= \sum_(j | j \notin S) Q i j.
  by move=> iS; apply: sumr_ge0 => j jS; apply: off; apply: contraNneq jS => <-.
have term i : 0 <= - (z 0 i * q i).
  have [iS | iS] := boolP (i \in S).
    rewrite q_in // mulrN opprK mulr_ge0 ?out_ge //.
    by move: iS; rewrite inE => /ltW.
  rewrite -mulNr mulr_ge0 //.
    by move: iS; rewrite inE -leNgt oppr_ge0.
  by apply: sumr_ge0 => j jS; apply: off; apply: contraNneq iS => ->.
have each i : z 0 i * q i = 0.
  apply/eqP; rewrite -oppr_eq0; apply/eqP.
  apply: (@psumr_eq0P _ _ predT (fun i => - (z 0 i * q i))) => //.
  by rewrite sumrN total oppr0.
have closed i j : i \in S -> j \notin S -> Q i j = 0.
  move=> iS jS; have qi : \sum_(k | k \notin S) Q i k = 0.
    have /eqP := each i; rewrite mulf_eq0 => /orP [/eqP zi | /eqP qi].
      by move: iS; rewrite inE zi ltxx.
    by apply/eqP; rewrite -oppr_eq0 -q_in // qi.
  have nonneg k : k \notin S -> 0 <= Q i k.
    by move=> kS; apply: off; apply: contraNneq kS => <-.
  exact: (psumr_eq0P nonneg qi).
have full : S = setT.
  by apply: irr => //; apply/set0Pn; exists i0; rewrite inE.
by move=> i; have := in_setT i; rewrite -full inE.
Qed.

Theorem one_sign Q z : generator Q -> irreducible Q -> z *m Q = 0 -> z != 0 ->
  (forall i, 0 < z 0 i) \/ (forall i, z 0 i < 0).
Proof.
move=> gen irr stat nonzero.
have [i zi] : exists i, z 0 i != 0 by exact/rV0Pn.
have [neg | pos | zero] := ltgtP (z 0 i) 0; last by rewrite zero eqxx in zi.
  right=> j; have turned : (- z) *m Q = 0 by rewrite mulNmx stat oppr0.
  have some : exists k, 0 < (- z) 0 k by exists i; rewrite mxE oppr_gt0.
  by have := positive_part gen irr turned some j; rewrite mxE oppr_gt0.
by left; apply: (positive_part gen irr stat); exists i.
Qed.

Theorem unique_stationary Q z p : generator Q -> irreducible Q ->
  p *m Q = 0 -> (forall i, 0 < p 0 i) -> z *m Q = 0 -> exists c, z = c *: p.
Proof.
move=> gen irr statp pos statz.
case: (pickP (xpredT : pred 'I_n)) => [i0 _ | none]; last first.
  by exists 0; apply/rowP => i; have := none i.
exists (z 0 i0 / p 0 i0); apply/eqP; rewrite -subr_eq0; apply/negPn/negP => nonzero.
set w := z - _ in nonzero.
have stat : w *m Q = 0 by rewrite /w mulmxBl -scalemxAl statz statp scaler0 subr0.
have at0 : w 0 i0 = 0 by rewrite /w !mxE divfK ?subrr // gt_eqF.
by have [all | all] := one_sign gen irr stat nonzero; have := all i0; rewrite at0 ltxx.
Qed.

End Irreducible.

Section Partition.

Variables (R : realFieldType) (n m : nat) (pi : 'I_n -> 'I_m) (d : 'I_n -> R).
Hypothesis onto : forall c, exists i, pi i = c.
Hypothesis d_pos : forall i, 0 < d i.

Definition part : 'M[R]_(n, m) := \matrix_(i, c) (pi i == c)%:R.
Definition scale : 'M[R]_n := diag_mx (\row_i d i).

Lemma partE (y : 'cV[R]_m) i : (part *m y) i 0 = y (pi i) 0.
Proof.
rewrite mxE (bigD1 (pi i)) //= mxE eqxx mul1r big1 ?addr0 // => c nc.
by rewrite mxE eq_sym (negPf nc) mul0r.
Qed.

Lemma scale_partE (y : 'cV[R]_m) i : (scale *m part *m y) i 0 = d i * y (pi i) 0.
Proof.
rewrite -mulmxA mxE (bigD1 i) //= partE big1 => [|j nj].
  by rewrite addr0 /scale !mxE eqxx mulr1n.
by rewrite /scale [diag_mx _ _ _]mxE eq_sym (negPf nj) mulr0n mul0r.
Qed.

Lemma ones_nonzero : (0 < m)%N -> (const_mx 1 *m scale *m part : 'rV[R]_m) != 0.
Proof.
move=> m_pos; apply/eqP => /rowP /(_ (Ordinal m_pos)); rewrite -mulmxA !mxE => /eqP.
apply/negP; rewrite gt_eqF //.
have [i0 pi0] := onto (Ordinal m_pos).
have termE i : (const_mx 1 : 'rV[R]_n) 0 i * (scale *m part) i (Ordinal m_pos)
    = d i * (pi i == Ordinal m_pos)%:R.
  rewrite mxE mul1r mxE (bigD1 i) //= big1 => [|j nj].
    by rewrite addr0 /scale !mxE eqxx mulr1n.
  by rewrite /scale [diag_mx _ _ _]mxE eq_sym (negPf nj) mulr0n mul0r.
under eq_bigr do rewrite termE.
rewrite (bigD1 i0) //= pi0 eqxx mulr1; apply: ltr_paddr; last exact: d_pos.
by apply: sumr_ge0 => i _; rewrite mulr_ge0 ?ler0n // ltW.
Qed.

Variables (Q : 'M[R]_n) (p : 'rV[R]_n).
Hypothesis gen : generator Q.
Hypothesis irr : irreducible Q.
Hypothesis stat : p *m Q = 0.
Hypothesis pos : forall i, 0 < p 0 i.

Lemma rows_vanish : const_mx 1 *m Q^T = 0 :> 'rV[R]_n.
Proof.
apply/rowP => i; rewrite !mxE.
transitivity (\sum_j Q i j); last by case: gen.
by apply: eq_bigr => j _; rewrite !mxE mul1r.
Qed.

Lemma kernel_multiple (x : 'cV[R]_n) : Q^T *m x = 0 -> x != 0 ->
  exists2 c, c != 0 & forall i, x i 0 = c * p 0 i.
Proof.
move=> zero nonzero.
have zero' : x^T *m Q = 0 by apply: trmx_inj; rewrite trmx_mul trmxK zero trmx0.
have [c xc] := unique_stationary gen irr stat pos zero'.
exists c; first by apply: contraNneq nonzero => c0; rewrite -trmx_eq0 xc c0 scale0r.
by move=> i; have := congr1 (fun z : 'rV_n => z 0 i) xc; rewrite !mxE.
Qed.

Lemma nonzero_entry (k : nat) (y : 'cV[R]_k) : y != 0 -> exists c, y c 0 != 0.
Proof.
move=> nonzero; apply/existsP; apply: contraNT nonzero; rewrite negb_exists => /forallP all.
by apply/eqP/colP => c; rewrite mxE; apply/eqP; have := all c; rewrite negbK.
Qed.

Theorem T8_a Q' i j : one_sided Q scale part Q' -> pi i = pi j -> p 0 i = p 0 j.
Proof.
move=> lump same.
have m_pos : (0 < m)%N by case: (pi i) => c; case: m.
have [y y0 kernel] := left_kernel_right (ones_nonzero m_pos) (T8_singular rows_vanish lump).
have zero : Q^T *m (part *m y) = 0 by rewrite mulmxA lump -!mulmxA kernel !mulmx0.
have nonzero : part *m y != 0.
  have [c yc] := nonzero_entry y0; have [k pik] := onto c.
  by apply: contraNneq yc => /colP /(_ k); rewrite partE pik mxE => ->.
have [c c0 all] := kernel_multiple zero nonzero.
apply: (mulfI c0); by rewrite -!all !partE same.
Qed.

Theorem T8_b Q' : (0 < m)%N -> two_sided Q scale part Q' ->
  exists y : 'I_m -> R, forall i, p 0 i = d i * y (pi i).
Proof.
move=> m_pos lump.
have [y y0 kernel] := left_kernel_right (ones_nonzero m_pos) (T8_singular_two rows_vanish lump).
have zero : Q^T *m (scale *m part *m y) = 0.
  by rewrite !mulmxA lump -!mulmxA kernel !mulmx0.
have nonzero : scale *m part *m y != 0.
  have [c yc] := nonzero_entry y0; have [k pik] := onto c.
  apply: contraNneq yc => /colP /(_ k); rewrite scale_partE pik mxE => /eqP.
  by rewrite mulf_eq0 gt_eqF //= => /eqP ->.
have [c c0 all] := kernel_multiple zero nonzero.
exists (fun b => y b 0 / c) => i.
by rewrite mulrA -scale_partE all mulrAC mulfV // mul1r.
Qed.

End Partition.

Section Exact.

Variables (R : realFieldType) (n m : nat) (pi : 'I_n -> 'I_m).
Hypothesis onto : forall c, exists i, pi i = c.

Theorem T4_stationary (Q : 'M[R]_n) (p : 'rV[R]_n) Q' i j :
  generator Q -> irreducible Q -> p *m Q = 0 -> (forall i, 0 < p 0 i) ->
  exact Q (part R pi) Q' -> pi i = pi j -> p 0 i = p 0 j.
Proof.
move=> gen irr stat pos lump; apply: (@T8_a R n m pi (fun=> 1) onto (fun=> ltr01) Q p gen irr stat pos Q') => //.
have plain : Q^T *m part R pi = part R pi *m Q' := lump.
have one : @scale R n (fun=> 1) = 1%:M.
  by rewrite /scale (_ : \row_i 1 = const_mx 1) ?diag_const_mx //; apply/rowP => k; rewrite !mxE.
by rewrite /one_sided plain one mul1mx.
Qed.

End Exact.

Section Settled.

Variable R : realFieldType.

(* (d): two absorbing states in one class. Every scale makes it one-sided and two-sided, and (1, 0) is stationary. *)
Theorem T8_reducible : exists (Q : 'M[R]_2) (p : 'rV[R]_2) (Q' : 'M[R]_1) (pi : 'I_2 -> 'I_1),
  [/\ generator Q, p *m Q = 0, one_sided Q 1%:M (part R pi) Q' & exists i j, pi i = pi j /\ p 0 i <> p 0 j].
Proof.
exists 0, (\row_i (i == 0)%:R), 0, (fun=> 0); split.
- by split=> [i j _ | i]; [rewrite mxE | rewrite big1 // => j _; rewrite mxE].
- by rewrite mulmx0.
- by rewrite /one_sided trmx0 mul0mx mulmx0.
- exists 0, 1; split=> //; rewrite !mxE /=; exact/eqP/oner_neq0.
Qed.

(* (d): what remains without irreducibility: some non-zero vector that is constant on classes is invariant. *)
Theorem T8_some (n m : nat) (Q : 'M[R]_n) (pi : 'I_n -> 'I_m) (d : 'I_n -> R) Q' :
  (forall c, exists i, pi i = c) -> (forall i, 0 < d i) -> (0 < m)%N -> generator Q ->
  one_sided Q (scale d) (part R pi) Q' -> exists2 y : 'cV[R]_m, y != 0 & Q^T *m (part R pi *m y) = 0.
Proof.
move=> onto d_pos m_pos gen lump.
have [y y0 kernel] := left_kernel_right (ones_nonzero onto d_pos m_pos) (T8_singular (rows_vanish gen) lump).
by exists y => //; rewrite mulmxA lump -!mulmxA kernel !mulmx0.
Qed.

(* (e): states 0 and 1 with rates 1 and 2: one class is two-sided with scales 2 and 1, and never one-sided. *)
Definition unequal : 'M[R]_2 := \matrix_(i, j) (if i == 0 then (if j == 0 then -1 else 1) else (if j == 0 then 2%:R else - 2%:R)).

Definition weights (i : 'I_2) : R := if i == 0 then 2%:R else 1.

Theorem T8_e_two : two_sided unequal (scale weights) (part R (fun=> 0 : 'I_1)) 0.
Proof.
rewrite /two_sided mulmx0.
have one : const_mx 1 = 1%:M :> 'M[R]_1 by apply/matrixP => i j; rewrite !ord1 !mxE.
rewrite -[part R _]mulmx1 -one -mulmxA mulmxA -mulmxA [scale weights *m _]mulmxA.
apply/colP => i; rewrite mxE big_ord_recl big_ord1 !scale_partE !mxE.
by case: i => [[|[|i]] lt] //=; rewrite /weights /= ?mulr1 ?mul1r ?mulN1r ?mulNr ?addNr ?mulr1 ?subrr.
Qed.

Theorem T8_e_not_one (D : 'M[R]_2) (Q' : 'M[R]_1) :
  const_mx 1 *m D *m part R (fun=> 0 : 'I_1) != 0 :> 'rV[R]_1 ->
  ~ one_sided unequal D (part R (fun=> 0 : 'I_1)) Q'.
Proof.
move=> total lump.
have gen : generator unequal.
  split=> [i j ij | i].
    by case: i ij => [[|[|i]] li] //=; case: j => [[|[|j]] lj] //= _; rewrite mxE /= ?ler01 ?ler0n.
  rewrite !big_ord_recl big_ord0 !mxE /=.
  by case: i => [[|[|i]] li] //=; rewrite ?addr0 ?addNr ?subrr.
have := T8_singular (rows_vanish gen) lump.
rewrite [Q']mx11_scalar mul_mx_scalar => /eqP; rewrite scaler_eq0 (negPf total) orbF => /eqP q0.
have := congr1 (fun M : 'M_(2, 1) => M 0 0) lump.
rewrite [Q']mx11_scalar q0 raddf0 mulmx0 mxE big_ord_recl big_ord1 !mxE /= !mulr1 => /eqP.
by rewrite addrC subr_eq0 pnatr_eq1.
Qed.

End Settled.
