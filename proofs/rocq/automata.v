(* T21: weighted automata, and their quotients.

   An automaton has a row of initial weights, a matrix for every letter and a column
   of final weights; a word w has the weight initial * M_w * final.

   Notations
     word M w           the product of the matrices of the letters of w
     weight_of a M b w  the weight of the word w

   Main statements
     T21_ordinary     an ordinary lumping, letter by letter, keeps the weight of every word
     T21_exact        so does an exact one
     T21_equal        all weights are 0 if and only if b is 0 on the least subspace with a that letters keep (T0)
     T21_difference   so equality of two automata is decided by the span of their difference

   Hypotheses in the catalogue
     T21 letter by letter      forall x, M x *m V = V *m Q x
     T21 final weights         V *m c
     T21 initial weights       d *m V^T *)

From mathcomp Require Import all_ssreflect all_algebra.
From LumpForm Require Import least kinds.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section Words.

Variables (R : comRingType) (L : Type).

Fixpoint word (n : nat) (M : L -> 'M[R]_n) (w : seq L) : 'M[R]_n :=
  if w is x :: w' then M x *m word M w' else 1%:M.

Definition weight_of (n : nat) (a : 'rV[R]_n) (M : L -> 'M[R]_n) (b : 'cV[R]_n) w := a *m word M w *m b.

Variables (n m : nat) (M : L -> 'M[R]_n) (Q : L -> 'M[R]_m) (V : 'M[R]_(n, m)).

(* A row of V says of which class a state is, so final weights are those of classes. *)
Theorem T21_ordinary (a : 'rV[R]_n) (c : 'cV[R]_m) w : (forall x, M x *m V = V *m Q x) ->
  weight_of a M (V *m c) w = weight_of (a *m V) Q c w.
Proof.
move=> lump; rewrite /weight_of; suff same : word M w *m V = V *m word Q w.
  by rewrite mulmxA -[a *m _ *m V]mulmxA same !mulmxA.
elim: w => [|x w IH] /=; first by rewrite mul1mx mulmx1.
by rewrite -mulmxA IH mulmxA lump mulmxA.
Qed.

Theorem T21_exact (d : 'rV[R]_m) (b : 'cV[R]_n) w : (forall x, (M x)^T *m V = V *m Q x) ->
  weight_of (d *m V^T) M b w = weight_of d (fun x => (Q x)^T) (V^T *m b) w.
Proof.
move=> lump; rewrite /weight_of; suff same : V^T *m word M w = word (fun x => (Q x)^T) w *m V^T.
  by rewrite -[d *m _ *m _]mulmxA same !mulmxA.
have turned x : V^T *m M x = (Q x)^T *m V^T by rewrite -[M x]trmxK -!trmx_mul lump.
elim: w => [|x w IH] /=; first by rewrite mul1mx mulmx1.
by rewrite mulmxA turned -mulmxA IH mulmxA.
Qed.

End Words.

Section Span.

Variables (K : fieldType) (L : finType) (n : nat) (a : 'rV[K]_n) (M : L -> 'M[K]_n) (b : 'cV[K]_n).

Definition letter x : 'End([vectType K of 'rV[K]_n]) := linfun (mulmxr (M x)).

Definition letters := [seq letter x | x <- enum L].

(* The least subspace that holds a and that letters keep: the forward half of the minimal automaton. *)
Definition forward := least id letters <[a]>%VS.

Lemma forward_word u w : u \in forward -> u *m word M w \in forward.
Proof.
elim: w u => [|x w IH] u inside /=; first by rewrite mulmx1.
rewrite mulmxA; apply: IH; have [_ keeps _] := T0_reached letters <[a]>%VS (T0_linear [vectType K of 'rV[K]_n]).
have inA : letter x \in letters by apply: map_f; rewrite mem_enum.
by have -> : u *m M x = letter x u by [rewrite lfunE]; apply: (subvP (keeps _ inA)); exact: memv_img.
Qed.

Definition silent (u : 'rV[K]_n) := forall w, u *m word M w *m b = 0.

Lemma silent_sum (U W : {vspace [vectType K of 'rV[K]_n]}) : (forall u, u \in U -> silent u) ->
  (forall u, u \in W -> silent u) -> forall u, u \in (U + W)%VS -> silent u.
Proof. by move=> qU qW u /memv_addP [x inU [y inW ->]] w; rewrite !mulmxDl qU // qW // addr0. Qed.

Theorem T21_equal : (forall w, weight_of a M b w = 0) <-> (forall u, u \in forward -> u *m b = 0).
Proof.
split=> [none | orthogonal w]; last first.
  apply: orthogonal; apply: forward_word.
  have [_ _ inside] := T0_reached letters <[a]>%VS (T0_linear [vectType K of 'rV[K]_n]).
  by apply: (subvP inside); exact: memv_line.
suff quiet u : u \in forward -> silent u by move=> u /quiet /(_ [::]); rewrite /= mulmx1.
rewrite /forward /least; elim: (\dim _) u => [|k IH] u /=.
  by move=> /vlineP [c ->] w; rewrite -!scalemxAl -/(weight_of a M b w) none scaler0.
rewrite /step; apply: silent_sum; first exact: IH.
rewrite /letters big_map; move: (iter k _ _) IH => U quiet.
elim: (enum L) => [|x s down] v; first by rewrite big_nil memv0 => /eqP -> w; rewrite !mul0mx.
rewrite big_cons; apply: silent_sum v => // v /memv_imgP [t inU ->] w.
by rewrite lfunE /= -[t *m M x *m _]mulmxA; exact: (quiet t inU (x :: w)).
Qed.

End Span.

Section Difference.

Variables (K : fieldType) (L : finType) (n m : nat).
Variables (a : 'rV[K]_n) (M : L -> 'M[K]_n) (b : 'cV[K]_n) (a' : 'rV[K]_m) (M' : L -> 'M[K]_m) (b' : 'cV[K]_m).

Definition both_letters x : 'M[K]_(n + m) := block_mx (M x) 0 0 (M' x).

Lemma both_word w : word both_letters w = block_mx (word M w) 0 0 (word M' w).
Proof.
elim: w => [|x w IH] /=; first by rewrite -scalar_mx_block.
by rewrite IH mulmx_block !mulmx0 !mul0mx !addr0 !add0r.
Qed.

Theorem T21_difference :
  (forall w, weight_of a M b w = weight_of a' M' b' w) <->
  (forall u, u \in forward (row_mx a (- a')) both_letters -> u *m col_mx b b' = 0).
Proof.
rewrite -T21_equal; suff same w : weight_of (row_mx a (- a')) both_letters (col_mx b b') w =
    weight_of a M b w - weight_of a' M' b' w.
  split=> [equal w | none w]; first by rewrite same equal subrr.
  by apply/eqP; rewrite -subr_eq0 -same none.
by rewrite /weight_of both_word mul_row_block mul_row_col !mulmx0 addr0 add0r !mulNmx.
Qed.

End Difference.
