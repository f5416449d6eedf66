(* The weighted graph, lifting, and the quotient theorem.

   Nodes N, arrows I (each with weights and a linear operator on values), values
   in a module M over an ordered field R (a number, a feature map, ...). A
   valuation x solves the network if every node that is not pinned has the value
   f t (sum over arrows and sources of A a u t * op a (x u)). Any shape is
   covered: layers, skips, several arrows between two groups.

   Notations
     input x t        the input of node t's function under the valuation x
     solves x         x satisfies the equation of every node that is not pinned
     wsum a c t       sum of d u * A a u t over the nodes u of class c
     lift y u         d u * y (pi u)
     qinput, qsolves  the same for the quotient

   Main statements
     T1_lift          a solution of the quotient lifts to one of the network
     T1_quotient      with a rank (no cycles) it is the only one with these inputs
     T9_unscaled      with d = 1 the condition is equality of sums
     T12_constant     a constant neuron is a multiple of the unit node
     T12_dead         a neuron whose input is zero has the value zero
     T13_node         the error of a node, by the errors of what it reads and its residual
     T15_pruned       a pruned neuron is off by its size
     T16_active, T16_inactive   where its input has one sign a ReLU is linear or zero
     T16_opposite, T16_dependent   opposite pairs, and combinations where all are active

   Hypotheses in the catalogue
     T1 weighted sums          proportional_exact
     T1 positive ratios        homogeneous_allowed
     T1 homogeneous functions  scale_allowed
     T1 pinned inputs          pinned_alone
     T1 pinned outputs         pinned_alone
     T16 in the box            0 <= z *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Graph.

Variables (R : realFieldType) (M : lmodType R) (N I : finType).
Variable A : I -> N -> N -> R.
Variable op : I -> {linear M -> M}.
Variable f : N -> M -> M.
Variable pinned : pred N.

Definition input (x : N -> M) (t : N) : M :=
  \sum_(a : I) \sum_(u : N) A a u t *: op a (x u).

Definition solves (x : N -> M) : Prop :=
  forall t, ~~ pinned t -> x t = f t (input x t).

Section Lumping.

Variables (C : finType) (pi : N -> C) (rep : C -> N) (d : N -> R).
Hypothesis pi_rep : forall c, pi (rep c) = c.

Definition wsum (a : I) (c : C) (t : N) : R := \sum_(u | pi u == c) d u * A a u t.

Definition lift (y : C -> M) (u : N) : M := d u *: y (pi u).

Definition qinput (y : C -> M) (c : C) : M :=
  \sum_(a : I) \sum_(b : C) wsum a b (rep c) *: op a (y b).

Definition qpinned (c : C) : bool := pinned (rep c).

Definition qsolves (y : C -> M) : Prop :=
  forall c, ~~ qpinned c -> y c = f (rep c) (qinput y c).

(* Two-sided proportional exact: weighted sums into t are d t times those into
   the representative; the function allows the scale; pinned nodes are alone. *)
Definition proportional_exact : Prop :=
  forall t, ~~ pinned t -> forall a c, wsum a c t = d t * wsum a c (rep (pi t)).

Definition scale_allowed : Prop :=
  forall t, ~~ pinned t -> forall z, f t (d t *: z) = d t *: f (rep (pi t)) z.

Definition pinned_alone : Prop :=
  forall t, pinned t = qpinned (pi t).

Lemma input_lift y t : input (lift y) t = \sum_(a : I) \sum_(c : C) wsum a c t *: op a (y c).
Proof.
apply: eq_bigr => a _.
rewrite (partition_big pi predT) //=; apply: eq_bigr => c _.
rewrite /wsum scaler_suml; apply: eq_bigr => u /eqP <-.
by rewrite /lift linearZ scalerA mulrC.
Qed.

Lemma input_scaled y t : ~~ pinned t -> proportional_exact ->
  input (lift y) t = d t *: qinput y (pi t).
Proof.
move=> free exact_; rewrite input_lift /qinput scaler_sumr; apply: eq_bigr => a _.
rewrite scaler_sumr; apply: eq_bigr => c _.
by rewrite exact_ // scalerA.
Qed.

Theorem T1_lift y : proportional_exact -> scale_allowed -> pinned_alone ->
  qsolves y -> solves (lift y).
Proof.
move=> exact_ allowed alone qs t free.
rewrite input_scaled // allowed // /lift qs //.
by rewrite -alone.
Qed.

(* Without cycles a solution is determined by the pinned nodes. *)
Variable rank : N -> nat.
Hypothesis acyclic : forall a u t, A a u t != 0 -> (rank u < rank t)%N.

Lemma solution_unique x x' : solves x -> solves x' ->
  (forall t, pinned t -> x t = x' t) -> x =1 x'.
Proof.
move=> sx sx' same t.
have [n] := ubnP (rank t); elim: n t => // n IH t le.
case: (boolP (pinned t)) => [pt | free]; first exact: same.
rewrite sx // sx' //; congr (f t _); apply: eq_bigr => a _; apply: eq_bigr => u _.
have [-> | nz] := eqVneq (A a u t) 0; first by rewrite !scale0r.
rewrite IH //; exact: leq_trans (acyclic nz) le.
Qed.

Theorem T1_quotient x y : proportional_exact -> scale_allowed -> pinned_alone ->
  solves x -> qsolves y -> (forall t, pinned t -> x t = lift y t) ->
  forall t, x t = d t *: y (pi t).
Proof.
move=> exact_ allowed alone sx sy same t.
exact: (solution_unique sx (T1_lift exact_ allowed alone sy) same).
Qed.

(* What allows a scale: homogeneity and d > 0, linearity, or d = 1. *)
Lemma homogeneous_allowed :
  (forall t z k, 0 < k -> f t (k *: z) = k *: f t z) ->
  (forall t, 0 < d t) -> (forall t, f t =1 f (rep (pi t))) -> scale_allowed.
Proof. by move=> hom pos same t _ z; rewrite hom // same. Qed.

Lemma unscaled_allowed :
  (forall t, d t = 1) -> (forall t, f t =1 f (rep (pi t))) -> scale_allowed.
Proof. by move=> one same t _ z; rewrite !one !scale1r same. Qed.

Theorem T9_unscaled : (forall t, d t = 1) ->
  proportional_exact <->
  (forall t, ~~ pinned t -> forall a c,
     \sum_(u | pi u == c) A a u t = \sum_(u | pi u == c) A a u (rep (pi t))).
Proof.
move=> one; have plain a c t : wsum a c t = \sum_(u | pi u == c) A a u t.
  by apply: eq_bigr => u _; rewrite one mul1r.
split=> H t free a c.
  by rewrite -!plain H // one mul1r.
by rewrite !plain one mul1r H.
Qed.

(* T12: constants. The unit node has the value e. *)
Variables (unit : N) (e : M).

Theorem T12_constant x t (k : R) : solves x -> ~~ pinned t -> x unit = e ->
  (forall a u, u != unit -> A a u t = 0) ->
  (forall a, op a e = e) ->
  f t ((\sum_a A a unit t) *: e) = k *: e ->
  x t = k *: x unit.
Proof.
move=> sx free xe only fixed value.
rewrite sx // xe -value; congr (f t _).
rewrite /input scaler_suml; apply: eq_bigr => a _.
rewrite (bigD1 unit) //= xe fixed big1 ?addr0 // => u nu.
by rewrite only // scale0r.
Qed.

Theorem T12_dead x t : solves x -> ~~ pinned t ->
  (forall a u, A a u t = 0) -> f t 0 = 0 -> x t = 0.
Proof.
move=> sx free none zero; rewrite sx // -[RHS]zero; congr (f t _).
by rewrite /input big1 // => a _; rewrite big1 // => u _; rewrite none scale0r.
Qed.

End Lumping.

End Graph.

(* ReLU is positively homogeneous; T16: on a box where its input keeps its sign it is linear. *)
Section Relu.

Variable R : realFieldType.

Definition relu (z : R) : R := Num.max z 0.

Lemma relu_homogeneous (k z : R) : 0 < k -> relu (k * z) = k * relu z.
Proof.
move=> pos; rewrite /relu; have [nonneg | /ltW neg] := leP 0 z.
  by apply/max_idPl; rewrite mulr_ge0 // ltW.
by rewrite mulr0; apply/max_idPr; rewrite mulr_ge0_le0 // ltW.
Qed.

Theorem T16_active (z : R) : 0 <= z -> relu z = z.
Proof. by move=> nonneg; apply/max_idPl. Qed.

Theorem T16_inactive (z : R) : z <= 0 -> relu z = 0.
Proof. by move=> nonpos; apply/max_idPr. Qed.

Theorem T16_opposite (z : R) : relu (- z) = relu z - z.
Proof.
have [nonneg | neg] := leP 0 z.
  by rewrite T16_inactive ?oppr_le0 // T16_active // subrr.
by rewrite T16_active ?oppr_ge0 ?ltW // T16_inactive ?ltW // sub0r.
Qed.

(* T16: where all are active, a combination of inputs is the same combination of values. *)
Theorem T16_dependent (J : finType) (c z : J -> R) (w : R) :
  (forall j, 0 <= z j) -> 0 <= w -> w = \sum_j c j * z j ->
  relu w = \sum_j c j * relu (z j).
Proof.
move=> nonneg wpos wsum; rewrite T16_active // wsum.
by apply: eq_bigr => j _; rewrite T16_active.
Qed.

(* T13, the deterministic core: the error of a node by the errors of what it reads and its residual. *)
Variables (N C : finType) (pi : N -> C) (d : N -> R) (A : N -> R) (Q : C -> R).

Theorem T13_node (g : R -> R) (L : R) (dt : R) (x : N -> R) (y : C -> R) (e : N -> R) :
  0 <= L -> (forall u v, `|g u - g v| <= L * `|u - v|) ->
  (forall z, g (dt * z) = dt * g z) ->
  (forall u, `|x u - d u * y (pi u)| <= e u) ->
  `|g (\sum_u A u * x u) - dt * g (\sum_c Q c * y c)|
    <= L * (\sum_u `|A u| * e u + \sum_c `|\sum_(u | pi u == c) d u * A u - dt * Q c| * `|y c|).
Proof.
move=> Lpos lip hom err; rewrite -hom; apply: le_trans (lip _ _) _.
apply: ler_wpmul2l => //.
have -> : \sum_u A u * x u - dt * (\sum_c Q c * y c)
  = \sum_u A u * (x u - d u * y (pi u))
    + \sum_c (\sum_(u | pi u == c) d u * A u - dt * Q c) * y c.
  rewrite [X in _ = _ + X](_ : _ = \sum_u A u * (d u * y (pi u)) - dt * (\sum_c Q c * y c)).
    by rewrite addrA -big_split /=; congr (_ - _); apply: eq_bigr => u _; rewrite -mulrDr subrK.
  rewrite mulr_sumr -sumrN [X in _ = X + _](partition_big pi predT) //= -big_split /=.
  apply: eq_bigr => c _; rewrite mulrBl mulrA; congr (_ - _).
  by rewrite mulr_suml; apply: eq_bigr => u /eqP <-; rewrite mulrA [A u * _]mulrC.
apply: le_trans (ler_norm_add _ _) _; apply: ler_add.
  apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => u _.
  by rewrite normrM ler_wpmul2l.
apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => c _.
by rewrite normrM.
Qed.

(* T15: pruning a neuron replaces its value by zero; its error is its size. *)
Theorem T15_pruned (x B : R) : `|x| <= B -> `|x - 0 * 1| <= B.
Proof. by rewrite mul0r subr0. Qed.

Lemma relu_lipschitz (u v : R) : `|relu u - relu v| <= 1 * `|u - v|.
Proof.
rewrite mul1r; wlog le : u v / v <= u.
  move=> H; have [le|/ltW le] := leP v u; first exact: H.
  by rewrite distrC [X in _ <= X]distrC; apply: H.
have mono : relu v <= relu u by rewrite /relu le_maxl !le_maxr le lexx orbT.
rewrite !ger0_norm ?subr_ge0 // /relu.
have [un | up] := leP u 0.
  by rewrite (max_idPr (le_trans le un)) subrr subr_ge0.
have [vn | vp] := leP v 0; last by [].
by rewrite subr0 ler_subr_addr -[X in _ <= X]addr0 ler_add2l.
Qed.

End Relu.
