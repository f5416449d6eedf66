(* T0: every graph, cyclic or not, has one least lumping of every kind.

   V is the space of all values of nodes; a vector gives every node its value. A
   kind of lumping is a closure operator c on the subspaces of V, the arrows of a
   graph are linear maps (what one step through the arrow makes of values), and E
   is spanned by the vectors that must lie in a lumping. kinds.v has the closures.

   Notations
     closure c            larger, monotone, idempotent
     lumping c arrows E W W is closed, every arrow maps it into itself, E lies in it
     step c arrows W      one round of refinement: c (W + sum of A W)
     least c arrows E     what dim V rounds make of c E

   Main statements
     T0_intersection  a meeting of two lumpings is a lumping
     T0_reached       refinement ends in a lumping, after at most dim V rounds
     T0_least         every lumping contains it
     T0_unique        and only one lumping is least
     T0_more          with more arrows or more vectors the least lumping gets finer, never coarser
     T10_least        inside the least lumping there is no other

   Hypotheses in the catalogue
     T0 a start                lumping *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Least.

Variables (K : fieldType) (vT : vectType K).
Implicit Types (W E U : {vspace vT}) (c : {vspace vT} -> {vspace vT}) (arrows : seq 'End(vT)).

Definition closure c := [/\ forall W, (W <= c W)%VS, {homo c : W U / (W <= U)%VS} & forall W, c (c W) = c W].

Definition invariant arrows W := forall A, A \in arrows -> (A @: W <= W)%VS.

Definition lumping c arrows E W := [/\ c W = W, invariant arrows W & (E <= W)%VS].

Definition step c arrows W := c (W + \sum_(A <- arrows) A @: W)%VS.

Definition least c arrows E := iter (\dim {:vT}) (step c arrows) (c E).

Variables (c : {vspace vT} -> {vspace vT}) (arrows : seq 'End(vT)) (E : {vspace vT}).
Hypothesis closed : closure c.

Theorem T0_intersection W U : lumping c arrows E W -> lumping c arrows E U -> lumping c arrows E (W :&: U).
Proof.
case: closed => larger monotone _ [cW iW EW] [cU iU EU]; split.
- apply/eqP; rewrite eqEsubv larger andbT subv_cap.
  by rewrite -{2}cW -{3}cU !monotone ?capvSl ?capvSr.
- move=> A inA; rewrite subv_cap.
  by rewrite (subv_trans (limgS A (capvSl W U)) (iW A inA)) (subv_trans (limgS A (capvSr W U)) (iU A inA)).
- by rewrite subv_cap EW EU.
Qed.

Lemma sum_subv (s : seq 'End(vT)) W U : (forall A, A \in s -> (A @: W <= U)%VS) -> (\sum_(A <- s) A @: W <= U)%VS.
Proof.
elim: s => [|A s IH] below; first by rewrite big_nil sub0v.
rewrite big_cons subv_add below ?mem_head //=.
by apply: IH => B inB; apply: below; rewrite inE inB orbT.
Qed.

Lemma subv_sum (s : seq 'End(vT)) W A : A \in s -> (A @: W <= \sum_(B <- s) B @: W)%VS.
Proof.
elim: s => [|B s IH] //; rewrite inE big_cons => /orP [/eqP -> | inA]; first exact: addvSl.
exact: subv_trans (IH inA) (addvSr _ _).
Qed.

Lemma step_larger W : (W <= step c arrows W)%VS.
Proof. by case: closed => larger _ _; apply: subv_trans (larger _); exact: addvSl. Qed.

Lemma step_closed W : c (step c arrows W) = step c arrows W.
Proof. by case: closed => _ _; apply. Qed.

Lemma step_fixed W : c W = W -> step c arrows W = W -> invariant arrows W.
Proof.
move=> cW fixed A inA; rewrite -{2}fixed; apply: (subv_trans (subv_sum W inA)).
by case: closed => larger _ _; apply: subv_trans (larger _); exact: addvSr.
Qed.

Lemma step_below W U : c U = U -> invariant arrows U -> (W <= U)%VS -> (step c arrows W <= U)%VS.
Proof.
case: closed => _ monotone _ cU iU WU; rewrite -cU; apply: monotone; rewrite subv_add WU /=.
by apply: sum_subv => A inA; exact: subv_trans (limgS A WU) (iU A inA).
Qed.

(* A round that changes something makes the dimension larger, which it can do dim V times. *)
Lemma stable_or_large k W :
  let: U := iter k (step c arrows) W in (step c arrows U == U) || (k + \dim W < \dim (step c arrows U))%N.
Proof.
have strict U : (step c arrows U == U) || (\dim U < \dim (step c arrows U))%N.
  case: eqP => //= changed; rewrite ltn_neqAle dimvS ?step_larger // andbT; apply/eqP => same.
  by apply: changed; apply/esym/eqP; rewrite eqEdim step_larger same leqnn.
elim: k => [|k] /=; first exact: strict.
set U := iter k _ W; case/orP => [/eqP fixed | large]; first by rewrite !fixed eqxx.
by case/orP: (strict (step c arrows U)) => [-> // | larger]; rewrite addSn (leq_ltn_trans large larger) orbT.
Qed.

Lemma least_fixed : step c arrows (least c arrows E) = least c arrows E.
Proof.
have := stable_or_large (\dim {:vT}) (c E); rewrite -/(least c arrows E) => /orP [/eqP // | large].
by have := leq_ltn_trans (leq_addr _ _) large; rewrite ltnNge dimvS ?subvf.
Qed.

Lemma least_closed : c (least c arrows E) = least c arrows E.
Proof. by rewrite -least_fixed step_closed. Qed.

Lemma below_least k : (c E <= iter k (step c arrows) (c E))%VS.
Proof. by elim: k => [|k IH] /=; [exact: subvv | exact: subv_trans IH (step_larger _)]. Qed.

Theorem T0_reached : lumping c arrows E (least c arrows E).
Proof.
split; [exact: least_closed | exact: step_fixed least_closed least_fixed |].
by case: closed => larger _ _; apply: subv_trans (larger E) (below_least _).
Qed.

Theorem T0_least W : lumping c arrows E W -> (least c arrows E <= W)%VS.
Proof.
case=> cW iW EW; rewrite /least; elim: (\dim _) => [|k IH] /=; last exact: step_below.
by case: closed => _ monotone _; rewrite -cW; exact: monotone.
Qed.

Theorem T0_unique W : lumping c arrows E W -> (forall U, lumping c arrows E U -> (W <= U)%VS) ->
  W = least c arrows E.
Proof.
by move=> is_one below; apply/eqP; rewrite eqEsubv below ?T0_least //; exact: T0_reached.
Qed.

(* What lies between E and the least lumping, and is a lumping, is the least lumping. *)
Theorem T10_least W : lumping c arrows E W -> (W <= least c arrows E)%VS -> W = least c arrows E.
Proof. by move=> is_one below; apply/eqP; rewrite eqEsubv below T0_least. Qed.

(* The same vectors and more arrows, or more vectors: the lumping gets finer, never coarser. *)
Theorem T0_more (more : seq 'End(vT)) U : {subset arrows <= more} -> (E <= U)%VS ->
  (least c arrows E <= least c more U)%VS.
Proof.
move=> fewer EU; rewrite /least; elim: (\dim _) => [|k IH] /=; case: closed => larger monotone _.
  exact: monotone.
apply: monotone; apply: subv_trans (addvS IH (sum_subv _)) (subvv _) => A inA.
by apply: subv_trans (limgS A IH) (subv_sum _ (fewer A inA)).
Qed.

End Least.
