(* T2 for networks: going through the layers once finds the coarsest lumping, with constants and the class of the unit.

   Nodes are in groups g (layer, function, initial partition); a lumping gives every node a class pi and a scale d. The
   unit is 1; constants are in its class, with their values as scales, and so are dead neurons, whose value is 0. Other
   pinned nodes are alone. Weights have an index a for arrows.

   Notations
     wsum pi d a c t     sum of d u * A a u t over the nodes u of class c
     constant pi d t     what comes into t from all classes but the unit's vanishes
     lumps pi d          pi and d are a lumping
     once pi d           a layer is merged as far as the layers before allow it: what one pass ends with

   Main statement
     T2_layered          what one pass ends with is coarser than any other lumping, with scales that agree *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Layered.

Variables (R : realFieldType) (N I : finType) (G : eqType) (A : I -> N -> N -> R).
Variables (unit : N) (pinned : pred N) (g : N -> G) (f : N -> R -> R) (rank : N -> nat).
Hypothesis acyclic : forall a u t, A a u t != 0 -> (rank u < rank t)%N.
Hypothesis homogeneous : forall t k z, 0 < k -> f t (k * z) = k * f t z.
Hypothesis same_function : forall s t, g s = g t -> f s =1 f t.

Definition free t := ~~ pinned t && (t != unit).

Definition wsum (C : finType) (pi : N -> C) (d : N -> R) a c t := \sum_(u | pi u == c) d u * A a u t.

Definition constant (C : finType) (pi : N -> C) d t := [forall a, forall c, (c != pi unit) ==> (wsum pi d a c t == 0)].

Definition value (C : finType) (pi : N -> C) d t := f t (\sum_a wsum pi d a (pi unit) t).

Record lumps (C : finType) (pi : N -> C) (d : N -> R) : Prop := Lumps {
  unit_one : d unit = 1;
  pinned_alone : forall s t, pinned s -> s != unit -> pi s = pi t -> s = t;
  scales_positive : forall t, pi t <> pi unit -> 0 < d t;
  unit_class : forall t, free t -> pi t = pi unit -> constant pi d t /\ d t = value pi d t;
  other_class : forall s t, free s -> free t -> pi s = pi t -> pi t <> pi unit ->
    g s = g t /\ forall a c, d s * wsum pi d a c t = d t * wsum pi d a c s }.

Record once (C : finType) (pi : N -> C) (d : N -> R) : Prop := Once {
  constants_found : forall t, free t -> constant pi d t -> pi t = pi unit;
  proportional_found : forall s t r, free s -> free t -> g s = g t -> ~~ constant pi d s -> 0 < r ->
    (forall a c, wsum pi d a c t = r * wsum pi d a c s) -> pi s = pi t }.

Variables (C C' : finType) (pi : N -> C) (d : N -> R) (pi' : N -> C') (d' : N -> R).
Hypotheses (lump : lumps pi d) (pass : once pi d) (lump' : lumps pi' d').

Definition agree s t := pi s = pi t /\ d s * d' t = d t * d' s.

Definition agree_below n := forall s t, (rank s < n)%N -> (rank t < n)%N -> pi' s = pi' t -> agree s t.

Lemma scale_nonzero u : pi' u <> pi' unit -> d' u != 0.
Proof. by move=> other; rewrite gt_eqF // (scales_positive lump'). Qed.

(* Of every class of the other lumping one node, that lies below n if some does; of the unit's class the unit. *)
Definition chosen n c' : N :=
  if c' == pi' unit then unit else odflt unit [pick u | (pi' u == c') && (rank u < n)%N].

Definition into n c' := pi (chosen n c').

Definition factor n c' : R := d (chosen n c') / d' (chosen n c').

Lemma chosen_class n u : (rank unit < n)%N -> (rank u < n)%N ->
  pi' (chosen n (pi' u)) = pi' u /\ (rank (chosen n (pi' u)) < n)%N.
Proof.
move=> below ranku; rewrite /chosen; case: eqP => [-> // | other].
by case: pickP => [v /andP [/eqP] // | none]; have := none u; rewrite eqxx ranku.
Qed.

Lemma chosen_nonzero n u : (rank unit < n)%N -> (rank u < n)%N -> d' (chosen n (pi' u)) != 0.
Proof.
move=> below ranku; have [same _] := chosen_class below ranku.
have [unitary | other] := eqVneq (pi' u) (pi' unit); last by apply: scale_nonzero; rewrite same; exact/eqP.
by rewrite /chosen unitary eqxx (unit_one lump') oner_neq0.
Qed.

Lemma coarser n a c t : agree_below n -> (rank unit < n)%N -> (rank t <= n)%N ->
  wsum pi d a c t = \sum_(c' | into n c' == c) factor n c' * wsum pi' d' a c' t.
Proof.
move=> known below rankt; rewrite /wsum.
transitivity (\sum_(u | into n (pi' u) == c) factor n (pi' u) * (d' u * A a u t)).
  rewrite big_mkcond [RHS]big_mkcond; apply: eq_bigr => u _.
  have [-> | read] := eqVneq (A a u t) 0; first by rewrite !mulr0 !if_same.
  have ranku : (rank u < n)%N := leq_trans (acyclic read) rankt.
  have [same rankc] := chosen_class below ranku; have nonzero := chosen_nonzero below ranku.
  have [class scale] := known u _ ranku rankc (esym same).
  rewrite /into -class; case: eqP => // _; rewrite mulrA; congr (_ * _).
  by rewrite /factor mulrAC -scale mulfK.
rewrite (partition_big pi' (fun c' => into n c' == c)) //=; apply: eq_bigr => c' into_c.
rewrite mulr_sumr; apply: eq_big => [u | u /andP [_ /eqP -> //]].
by case: (eqVneq (pi' u) c') => [-> | _]; rewrite ?into_c ?andbF.
Qed.

Lemma into_unit n : into n (pi' unit) = pi unit.
Proof. by rewrite /into /chosen eqxx. Qed.

Lemma factor_unit n : factor n (pi' unit) = 1.
Proof. by rewrite /factor /chosen eqxx (unit_one lump) (unit_one lump') divr1. Qed.

(* A constant of the other lumping is one of ours, with the same value. *)
Lemma agree_constant n t : agree_below n -> (rank unit < n)%N -> (rank t <= n)%N -> free t -> pi' t = pi' unit ->
  pi t = pi unit /\ d t = d' t.
Proof.
move=> known below rankt free_t /(unit_class lump' free_t) [/forallP none' value'].
have zero a c' : c' != pi' unit -> wsum pi' d' a c' t = 0.
  by move=> other; have /forallP /(_ c') /implyP /(_ other) /eqP := none' a.
have none : constant pi d t.
  apply/forallP => a; apply/forallP => c; apply/implyP => other; apply/eqP.
  rewrite (coarser _ _ known below rankt) big1 // => c' /eqP into_c.
  rewrite zero ?mulr0 //; apply: contraNneq other => unit'; by rewrite -into_c unit' into_unit.
have class := constants_found pass free_t none; split=> //.
have [_ ->] := unit_class lump free_t class; rewrite value' /value; congr (f t _); apply: eq_bigr => a _.
rewrite (coarser _ _ known below rankt) (bigD1 (pi' unit)) ?into_unit //= factor_unit mul1r big1 ?addr0 // => c'.
by case/andP => _ other; rewrite zero ?mulr0.
Qed.

Lemma agree_pair n s t : agree_below n -> (rank unit < n)%N -> (rank s <= n)%N -> (rank t <= n)%N ->
  free s -> free t -> pi' s = pi' t -> pi' t <> pi' unit -> agree s t.
Proof.
move=> known below ranks rankt free_s free_t class' other'.
have [same sums'] := other_class lump' free_s free_t class' other'.
have [pos_s pos_t] : 0 < d' s /\ 0 < d' t by split; apply: (scales_positive lump'); rewrite ?class'.
pose r := d' t / d' s; have pos : 0 < r by rewrite divr_gt0.
have back : r * d' s = d' t by rewrite /r divfK // gt_eqF.
have sums a c : wsum pi d a c t = r * wsum pi d a c s.
  rewrite !(coarser _ _ known below) // mulr_sumr; apply: eq_bigr => c' _; rewrite mulrCA; congr (_ * _).
  by rewrite /r mulrAC -sums' mulrAC divff ?mul1r // gt_eqF.
case: (boolP (constant pi d s)) => [none | some].
  have none_t : constant pi d t.
    apply/forallP => a; apply/forallP => c; apply/implyP => other; rewrite sums.
    by have /forallP /(_ a) /forallP /(_ c) /implyP /(_ other) /eqP -> := none; rewrite mulr0.
  have unit_s := constants_found pass free_s none; have unit_t := constants_found pass free_t none_t.
  split; first by rewrite unit_s unit_t.
  have [_ ->] := unit_class lump free_s unit_s; have [_ ->] := unit_class lump free_t unit_t.
  rewrite /value (eq_bigr _ (fun a _ => sums a _)) -mulr_sumr homogeneous // (same_function same).
  by rewrite -back mulrCA mulrA.
have class := proportional_found pass free_s free_t same some pos sums; split=> //.
have other : pi t <> pi unit by move=> unit_t; case/negP: some; have [] := unit_class lump free_s (etrans class unit_t).
have [_ same_sums] := other_class lump free_s free_t class other.
have [a [c nonzero]] : exists a c, wsum pi d a c s != 0.
  have := some; rewrite negb_forall => /existsP [a]; rewrite negb_forall => /existsP [c].
  by rewrite negb_imply => /andP [_ nonzero]; exists a, c.
have scale : d t = d s * r by apply: (mulIf nonzero); rewrite -same_sums sums mulrA.
by rewrite scale -back mulrA.
Qed.

Theorem T2_layered : (forall t, t != unit -> (rank unit < rank t)%N) ->
  forall s t, pi' s = pi' t -> pi s = pi t /\ d s * d' t = d t * d' s.
Proof.
move=> first s t; have reach n : agree_below n; last by apply: (reach (maxn (rank s) (rank t)).+1); rewrite ltnS leq_max leqnn ?orbT.
elim: n => [|n known] // {}s {}t; rewrite !ltnS => ranks rankt class'.
have [-> | different] := eqVneq s t; first by [].
have below : (rank unit < n)%N.
  have [unit_s | other] := eqVneq s unit; last exact: leq_trans (first s other) ranks.
  by apply: leq_trans (first t _) rankt; rewrite eq_sym -unit_s.
have not_pinned u v : u != v -> pi' u = pi' v -> u = unit \/ free u.
  move=> distinct same; have [-> | other] := eqVneq u unit; first by left.
  right; rewrite /free other andbT; apply/negP => pin.
  by have := pinned_alone lump' pin other same; move/eqP: distinct.
have unit_agrees u : (rank u <= n)%N -> u = unit \/ free u -> pi' u = pi' unit -> pi u = pi unit /\ d u = d' u.
  by move=> ranku [-> _ | free_u]; [rewrite (unit_one lump) (unit_one lump') | exact: agree_constant known below ranku free_u].
have role_s := not_pinned s t different class'.
have role_t : t = unit \/ free t by apply: (not_pinned t s); rewrite 1?eq_sym.
have [unit_t | other] := eqVneq (pi' t) (pi' unit).
  rewrite /agree; have [-> ->] := unit_agrees s ranks role_s (etrans class' unit_t).
  by have [-> ->] := unit_agrees t rankt role_t unit_t; rewrite mulrC.
case: role_s => [unit_s | free_s]; first by move: other; rewrite -class' unit_s eqxx.
case: role_t => [unit_t | free_t]; first by move: other; rewrite unit_t eqxx.
exact: agree_pair known below ranks rankt free_s free_t class' (elimN eqP other).
Qed.

End Layered.
