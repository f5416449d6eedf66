(* T22: bounds of the difference of two networks.

   Notations
     relu x             the larger of 0 and x
     values W b x k     the values after k layers
     differences A k    bounds of the differences, where A bounds the values of the first network
     tree, holds        a box halved again and again; a claim on all boxes that remain

   Main statements
     T22_sums         the difference of two sums, by differences of weights and of values
     T22_active, T22_inactive, T22_relu, T22_lines   what a ReLU makes of a difference
     T22_network      a bound for every neuron, layer after layer
     T22_split        what holds on all boxes of a tree holds on the whole box

   Hypotheses in the catalogue
     T22 in the box            inside
     T22 same functions        relu z - relu z' *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Differential.

Variable R : realFieldType.

Definition relu (x : R) : R := Num.max 0 x.

(* Two sums: weights V and W of the two networks, values a and a'. *)
Theorem T22_sums (N : finType) (V W a a' : N -> R) b b' :
  \sum_u W u * a u + b - (\sum_u V u * a' u + b') =
  \sum_u V u * (a u - a' u) + \sum_u (W u - V u) * a u + (b - b').
Proof.
rewrite opprD addrACA; congr (_ + _); rewrite -sumrB -big_split; apply: eq_bigr => u _ /=.
by rewrite mulrBr mulrBl [RHS]addrC addrA subrK.
Qed.

Theorem T22_active z z' : 0 <= z -> 0 <= z' -> relu z - relu z' = z - z'.
Proof. by move=> on on'; rewrite /relu !max_r. Qed.

Theorem T22_inactive z z' : z <= 0 -> z' <= 0 -> relu z - relu z' = 0.
Proof. by move=> off off'; rewrite /relu !max_l // subrr. Qed.

Theorem T22_relu z z' : exists2 s, 0 <= s <= 1 & relu z - relu z' = s * (z - z').
Proof.
case: (leP z 0) => off; case: (leP z' 0) => off'.
- by exists 0; rewrite ?lexx ?ler01 // mul0r T22_inactive.
- exists (z' / (z' - z)); last first.
    by rewrite /relu max_l // max_r ?(ltW off') // sub0r -[z - z']opprB mulrN divfK // subr_eq0 gt_eqF ?(le_lt_trans off).
  have more : 0 < z' - z by rewrite subr_gt0 (le_lt_trans off).
  by rewrite divr_ge0 ?(ltW off') ?(ltW more) //= ler_pdivr_mulr // mul1r ler_addl oppr_ge0.
- exists (z / (z - z')); last first.
    by rewrite /relu max_r ?(ltW off) // max_l // subr0 divfK // subr_eq0 gt_eqF ?(le_lt_trans off').
  have more : 0 < z - z' by rewrite subr_gt0 (le_lt_trans off').
  by rewrite divr_ge0 ?(ltW off) ?(ltW more) //= ler_pdivr_mulr // mul1r ler_addl oppr_ge0.
by exists 1; rewrite ?lexx ?ler01 // mul1r T22_active // ltW.
Qed.

Theorem T22_lines (low high delta s : R) : low < 0 -> 0 < high -> low <= delta <= high -> 0 <= s <= 1 ->
  (- low) * (delta - high) / (high - low) <= s * delta <= high * (delta - low) / (high - low).
Proof.
move=> neg pos /andP [above below] /andP [s_ge0 s_le1].
have width : 0 < high - low by rewrite subr_gt0 (lt_trans neg).
rewrite ler_pdivr_mulr // ler_pdivl_mulr //; apply/andP; split.
- case: (leP 0 delta) => sign.
    apply: le_trans (_ : 0 <= _); last by rewrite mulr_ge0 ?(ltW width) // mulr_ge0.
    by rewrite mulr_ge0_le0 ?oppr_ge0 ?subr_le0 // ltW.
  apply: le_trans (_ : delta * (high - low) <= _); last first.
    by apply: ler_wpmul2r; rewrite ?(ltW width) // -[X in X <= _]mul1r; apply: ler_wnmul2r; rewrite ?(ltW sign).
  rewrite mulrBr mulrBr mulNr [delta * low]mulrC mulNr opprK [X in _ <= X]addrC.
  rewrite ler_add2l -subr_ge0 -mulrBl mulr_ge0 ?(ltW pos) // subr_ge0; exact: above.
case: (leP delta 0) => sign.
  apply: le_trans (_ : _ <= 0) _.
    by rewrite mulr_le0_ge0 ?(ltW width) // mulr_ge0_le0.
  by rewrite mulr_ge0 ?(ltW pos) // subr_ge0.
apply: le_trans (_ : _ <= delta * (high - low)) _.
  by apply: ler_wpmul2r; rewrite ?(ltW width) // -[X in _ <= X]mul1r; apply: ler_wpmul2r; rewrite ?(ltW sign).
rewrite mulrBr mulrBr [high * delta]mulrC ler_add2l ler_opp2 mulrC [delta * low]mulrC.
by apply: ler_wnmul2l; rewrite ?(ltW neg).
Qed.

Lemma relu_apart z z' : `|relu z - relu z'| <= `|z - z'|.
Proof.
have [s /andP [s_ge0 s_le1] ->] := T22_relu z z'; rewrite normrM ger0_norm //.
by rewrite -[X in _ <= X]mul1r; apply: ler_wpmul2r.
Qed.

(* Layer after layer: A bounds the values of the first network, D the differences. *)
Section Layers.

Variables (N : finType) (W V : nat -> N -> N -> R) (b b' : nat -> N -> R).

Fixpoint values (W : nat -> N -> N -> R) (b : nat -> N -> R) (x : N -> R) k v : R :=
  if k is k'.+1 then relu (\sum_u W k' u v * values W b x k' u + b k' v) else x v.

Fixpoint differences (A : nat -> N -> R) k v : R :=
  if k is k'.+1 then
    \sum_u `|V k' u v| * differences A k' u + \sum_u `|W k' u v - V k' u v| * A k' u + `|b k' v - b' k' v|
  else 0.

Theorem T22_network A x k v : (forall k v, `|values W b x k v| <= A k v) ->
  `|values W b x k v - values V b' x k v| <= differences A k v.
Proof.
move=> bounded; elim: k v => [|k IH] v /=; first by rewrite subrr normr0.
apply: le_trans (relu_apart _ _) _; rewrite T22_sums.
apply: le_trans (ler_norm_add _ _) _; apply: ler_add => //.
apply: le_trans (ler_norm_add _ _) _; apply: ler_add.
  apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => u _.
  by rewrite normrM; apply: ler_wpmul2l.
apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => u _.
by rewrite normrM; apply: ler_wpmul2l.
Qed.

End Layers.

(* A box, halved again and again. *)
Section Splits.

Variable I : eqType.

Inductive tree := Leaf | Split of I & tree & tree.

Definition box := I -> R * R.

Definition inside (x : I -> R) (B : box) := forall i, (B i).1 <= x i <= (B i).2.

Definition half (B : box) : I -> R := fun i => ((B i).1 + (B i).2) / 2%:R.

Definition lower (B : box) j : box := fun i => if i == j then ((B i).1, half B i) else B i.
Definition upper (B : box) j : box := fun i => if i == j then (half B i, (B i).2) else B i.

Fixpoint holds (claim : box -> Prop) (t : tree) (B : box) : Prop :=
  if t is Split j l r then holds claim l (lower B j) /\ holds claim r (upper B j) else claim B.

Theorem T22_split (claim : (I -> R) -> Prop) t B :
  holds (fun leaf => forall x, inside x leaf -> claim x) t B -> forall x, inside x B -> claim x.
Proof.
elim: t B => [|j l IHl r IHr] B //= [left right] x inB.
case: (leP (x j) (half B j)) => side; [apply: (IHl _ left) | apply: (IHr _ right)] => i.
  by rewrite /lower; case: eqP => [-> | _] //=; rewrite side andbT; have /andP [] := inB j.
by rewrite /upper; case: eqP => [-> | _] //=; rewrite (ltW side) /=; have /andP [] := inB j.
Qed.

End Splits.

End Differential.
