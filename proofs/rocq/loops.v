(* T19 and T17: loops, and two models in one graph.

   Nodes hold numbers; the values of a step are found from those of the step before
   and from the inputs of the step. A lumping gives every node v a class and a scale
   d v >= 0 (0: the zero class), so that the weighted sums from every class, and the
   weights from every input, are d v times those of the class.

   Notations
     homogeneous f    f (c x) = c (f x) for all c >= 0
     run A B f x0 u k    the values after k steps with the inputs u
     follows A Z ...  the values of all steps satisfy the equations, with arrows Z inside a step
     loop_lumping     sums into v are d v times those into its class

   Main statements
     T19_loop        the values are scales times those of the quotient, at all steps, for all inputs
     T19_outputs     so nodes of scale 1 compute the same as their class
     T19_steps       the same where some arrows have no delay, for any values that satisfy the equations
     T17_joint       two nodes in one class, with equal scales, are equal at all steps
     T17_chains      two chains with a common quotient, and equal starts in it, look alike at all times

   Hypotheses in the catalogue
     T19 start in the span     lifted y0
     T19 weighted sums         loop_lumping
     T19 homogeneous functions  homogeneous *)

From mathcomp Require Import all_ssreflect all_algebra.
From LumpForm Require Import chains.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Loops.

Variables (R : realDomainType) (N M I : finType) (cls : N -> M) (d : N -> R).
Implicit Types (f : R -> R).

Definition homogeneous f := forall c x, 0 <= c -> f (c * x) = c * f x.

Fixpoint run (T : finType) (A : T -> T -> R) (B : I -> T -> R) (f : T -> R -> R) (start : T -> R)
    (inputs : nat -> I -> R) (k : nat) (v : T) : R :=
  if k is k'.+1 then
    f v (\sum_u run A B f start inputs k' u * A u v + \sum_i inputs k' i * B i v)
  else start v.

Variables (A : N -> N -> R) (B : I -> N -> R) (f : M -> R -> R).
Variables (Q : M -> M -> R) (P : I -> M -> R) (y0 : M -> R).

Definition loop_lumping :=
  [/\ forall v, 0 <= d v,
      forall C v, \sum_(u | cls u == C) d u * A u v = d v * Q C (cls v) &
      forall i v, B i v = d v * P i (cls v)].

Theorem T19_loop inputs k v : (forall C, homogeneous (f C)) -> loop_lumping ->
  run A B (f \o cls) (fun v => d v * y0 (cls v)) inputs k v = d v * run Q P f y0 inputs k (cls v).
Proof.
move=> hom [positive sums weights]; elim: k v => [|k IH] v //=.
rewrite -hom //; congr (f _ _); rewrite mulrDr; congr (_ + _); last first.
  by rewrite mulr_sumr; apply: eq_bigr => i _; rewrite weights mulrCA.
rewrite (partition_big cls xpredT) //= mulr_sumr; apply: eq_bigr => C _.
rewrite mulrCA -sums mulr_sumr; apply: eq_bigr => u /eqP <-.
by rewrite IH mulrAC mulrC.
Qed.

Theorem T19_outputs inputs k v : (forall C, homogeneous (f C)) -> loop_lumping -> d v = 1 ->
  run A B (f \o cls) (fun v => d v * y0 (cls v)) inputs k v = run Q P f y0 inputs k (cls v).
Proof. by move=> hom lump one; rewrite T19_loop // one mul1r. Qed.

Theorem T17_joint inputs k v w : (forall C, homogeneous (f C)) -> loop_lumping -> cls v = cls w -> d v = d w ->
  run A B (f \o cls) (fun v => d v * y0 (cls v)) inputs k v =
  run A B (f \o cls) (fun v => d v * y0 (cls v)) inputs k w.
Proof. by move=> hom lump same scale; rewrite !T19_loop // same scale. Qed.

(* Arrows without a delay: a step's values satisfy equations, of which a rank says in which order they are found. *)
Definition follows (T : finType) (A Z : T -> T -> R) (B : I -> T -> R) (g : T -> R -> R) (start : T -> R)
    (inputs : nat -> I -> R) (x : nat -> T -> R) :=
  forall k v, x k v = g v (\sum_u (if k is k'.+1 then x k' u else start u) * A u v
                           + \sum_u x k u * Z u v + \sum_i inputs k i * B i v).

End Loops.

Section Steps.

Variables (R : realDomainType) (N M I : finType) (cls : N -> M) (d : N -> R).
Variables (A Z : N -> N -> R) (B : I -> N -> R) (f : M -> R -> R) (Q W : M -> M -> R) (P : I -> M -> R) (y0 : M -> R).
Variables (rank : N -> nat) (acyclic : forall u v, Z u v != 0 -> (rank u < rank v)%N).

Let lifted (y : M -> R) v := d v * y (cls v).

Lemma lifted_sum (E : N -> N -> R) (F : M -> M -> R) (y : M -> R) v :
  (forall C v, \sum_(u | cls u == C) d u * E u v = d v * F C (cls v)) ->
  \sum_u lifted y u * E u v = d v * \sum_C y C * F C (cls v).
Proof.
move=> sums; rewrite (partition_big cls xpredT) //= mulr_sumr; apply: eq_bigr => C _.
by rewrite mulrCA -sums mulr_sumr; apply: eq_bigr => u /eqP <-; rewrite /lifted mulrAC mulrC.
Qed.

(* The same weights without a delay; the quotient may be any network with these weights, its values any solution. *)
Theorem T19_steps (inputs : nat -> I -> R) (x : nat -> N -> R) (y : nat -> M -> R) k v :
  (forall C, homogeneous (f C)) -> loop_lumping cls d A B Q P ->
  (forall C v, \sum_(u | cls u == C) d u * Z u v = d v * W C (cls v)) ->
  follows A Z B (f \o cls) (lifted y0) inputs x -> follows Q W P f y0 inputs y ->
  x k v = d v * y k (cls v).
Proof.
move=> hom [positive sums weights] sumsZ solves_x solves_y.
have [n] := ubnP k; elim: n k v => // n IHk k v; rewrite ltnS => lek.
have [r] := ubnP (rank v); elim: r v => // r IHr v; rewrite ltnS => ler.
rewrite solves_x solves_y -hom //= !mulrDr; congr (f _ (_ + _ + _)).
- rewrite -(lifted_sum _ _ sums); apply: eq_bigr => u _; congr (_ * _).
  by clear IHr; case: k lek => [|k] lek //; apply: IHk.
- rewrite -(lifted_sum _ _ sumsZ); apply: eq_bigr => u _.
  have [-> | read] := eqVneq (Z u v) 0; first by rewrite !mulr0.
  by congr (_ * _); apply: IHr; exact: leq_trans (acyclic read) ler.
by rewrite mulr_sumr; apply: eq_bigr => i _; rewrite weights mulrCA.
Qed.

End Steps.

(* Two chains of any sizes, classes V and W of their states with the same quotient, and starts that agree in it. *)
Theorem T17_chains (R : comRingType) (n n' m : nat) (A : 'M[R]_n) (A' : 'M[R]_n') (V : 'M[R]_(n, m))
    (W : 'M[R]_(n', m)) (Q : 'M[R]_m) (p : 'rV[R]_n) (q : 'rV[R]_n') k :
  ordinary A V Q -> ordinary A' W Q -> p *m V = q *m W -> p *m pow A k *m V = q *m pow A' k *m W.
Proof. by move=> lump lump' start; rewrite (T3_ordinary k p lump) (T3_ordinary k q lump') start. Qed.
