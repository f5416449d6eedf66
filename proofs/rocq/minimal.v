(* T21, its last part: no automaton of a series is smaller than the linear one, and linear minimisation finds one.

   Notations
     hankel a M b us vs   a block of the Hankel matrix: the weights of the words us i ++ vs j
     reached a M us       the vectors that words lead to from the initial weights, as rows
     read M b vs          the vectors that final weights make of words, as columns
     forward a M          the span of all that words lead to (automata.v)

   Main statements
     T21_rank         no block of the Hankel matrix of an automaton of n states has a rank above n
     T21_hankel       of an automaton whose spans, forward and backward, are everything, one block has rank n
     T21_smallest     so no automaton with the same weights has fewer states
     T21_minimised    and every automaton has an equal one like that: a basis of each span in turn *)

From mathcomp Require Import all_ssreflect all_algebra.
From LumpForm Require Import least kinds automata.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section Smallest.

Variables (K : fieldType) (L : finType).

Lemma word_cat n (M : L -> 'M[K]_n) u v : word M (u ++ v) = word M u *m word M v.
Proof. by elim: u => [|x u IH] /=; rewrite ?mul1mx // IH mulmxA. Qed.

(* A block of the Hankel matrix: the weights of the words us i ++ vs j. *)
Definition hankel n (a : 'rV[K]_n) (M : L -> 'M[K]_n) (b : 'cV[K]_n) p q (us : 'I_p -> seq L) (vs : 'I_q -> seq L) :=
  \matrix_(i, j) weight_of a M b (us i ++ vs j) 0 0.

(* What words lead to, and what is read from there. *)
Definition reached n (a : 'rV[K]_n) (M : L -> 'M[K]_n) p (us : 'I_p -> seq L) := \matrix_i (a *m word M (us i)).

Definition read n (M : L -> 'M[K]_n) (b : 'cV[K]_n) q (vs : 'I_q -> seq L) := (\matrix_j (word M (vs j) *m b)^T)^T.

Lemma hankel_product n a M b p q us vs : @hankel n a M b p q us vs = reached a M us *m read M b vs.
Proof.
apply/matrixP => i j; rewrite mxE.
have -> : weight_of a M b (us i ++ vs j) = (a *m word M (us i)) *m (word M (vs j) *m b).
  by rewrite /weight_of word_cat !mulmxA.
rewrite [LHS]mxE [RHS]mxE; apply: eq_bigr => k _; congr (_ * _); by rewrite !mxE.
Qed.

(* No block of the Hankel matrix of n states has a rank above n. *)
Theorem T21_rank n a M b p q us vs : (\rank (@hankel n a M b p q us vs) <= n)%N.
Proof. by rewrite hankel_product (leq_trans (mulmx_max_rank _ _)). Qed.

Lemma reached_span n (a : 'rV[K]_n) (M : L -> 'M[K]_n) :
  exists ws : seq (seq L), (forward a M <= <<[seq a *m word M w | w <- ws]>>)%VS.
Proof.
rewrite /forward /least; elim: (\dim _) => [|k [ws IH]] /=.
  by exists [:: [::]]; rewrite /= span_seq1 mulmx1.
exists (ws ++ [seq rcons w x | x <- enum L, w <- ws]).
rewrite map_cat span_cat /step; apply: addvS; first exact: IH.
apply: sum_subv => A /mapP [x inL ->]; apply: subv_trans (limgS _ IH) _.
rewrite limg_span -map_comp; apply: sub_span => u /mapP [w inws ->]; apply/mapP; exists (rcons w x).
  by apply/allpairsP; exists (x, w).
by rewrite /= lfunE /= -cats1 word_cat /= mulmx1 mulmxA.
Qed.

Lemma reached_full n (a : 'rV[K]_n) (M : L -> 'M[K]_n) : forward a M = fullv ->
  exists p (us : 'I_p -> seq L), row_full (reached a M us).
Proof.
move=> full; have [ws] := reached_span a M; rewrite full => /subvP all.
pose us := fun i : 'I_(size ws) => nth [::] ws i.
exists (size ws), us; rewrite -sub1mx; apply/row_subP => i.
pose X := map_tuple (fun w => a *m word M w) (in_tuple ws).
have inX : row i 1%:M \in <<X>>%VS by apply: all; exact: memvf.
rewrite (coord_span inX); apply: summx_sub => j _; apply: scalemx_sub.
by rewrite (nth_map [::]) ?ltn_ord //; apply: (eq_row_sub j); rewrite rowK.
Qed.

Lemma forward_ext n (a : 'rV[K]_n) (M M' : L -> 'M[K]_n) : M =1 M' -> forward a M = forward a M'.
Proof. by move=> same; rewrite /forward /letters; congr least; apply: eq_map => x; rewrite /letter same. Qed.

(* Turned round: the automaton that reads words backwards. *)
Lemma word_turned n (M : L -> 'M[K]_n) w : word (fun x => (M x)^T) w = (word M (rev w))^T.
Proof.
elim: w => [|x w IH] /=; first by rewrite trmx1.
by rewrite IH -trmx_mul rev_cons -cats1 word_cat /= mulmx1.
Qed.

Lemma read_full n (M : L -> 'M[K]_n) (b : 'cV[K]_n) : forward b^T (fun x => (M x)^T) = fullv ->
  exists q (vs : 'I_q -> seq L), row_free (read M b vs).
Proof.
case/reached_full => q [vs full]; exists q, (fun j => rev (vs j)).
rewrite /read -row_leq_rank mxrank_tr; move: full; rewrite /row_full => /eqP {1}<-.
rewrite (_ : reached _ _ _ = \matrix_j (word M (rev (vs j)) *m b)^T) //.
by apply/row_matrixP => j; rewrite !rowK word_turned trmx_mul.
Qed.

Lemma reached_sub n (a : 'rV[K]_n) (M : L -> 'M[K]_n) p (us : 'I_p -> seq L) u :
  (u <= reached a M us)%MS -> u \in forward a M.
Proof.
have [_ _ inside] := T0_reached (letters M) <[a]>%VS (T0_linear [vectType K of 'rV[K]_n]).
case/submxP => c ->; rewrite mulmx_sum_row; apply: memv_suml => i _; apply: memvZ; rewrite rowK.
by apply: forward_word; apply: (subvP inside); exact: memv_line.
Qed.

Lemma full_reached n (a : 'rV[K]_n) (M : L -> 'M[K]_n) p (us : 'I_p -> seq L) :
  row_full (reached a M us) -> forward a M = fullv.
Proof.
by move=> full; apply/vspaceP => u; rewrite memvf (@reached_sub _ _ _ _ us) // submx_full.
Qed.

(* Both spans are everything: then the number of states is the rank of a block, the largest there is. *)
Theorem T21_hankel n (a : 'rV[K]_n) (M : L -> 'M[K]_n) b : forward a M = fullv -> forward b^T (fun x => (M x)^T) = fullv ->
  exists p q (us : 'I_p -> seq L) (vs : 'I_q -> seq L), \rank (hankel a M b us vs) = n.
Proof.
move=> /reached_full [p [us full]] /read_full [q [vs free]]; exists p, q, us, vs.
by rewrite hankel_product mxrankMfree //; apply/eqP.
Qed.

(* The part of an automaton that can be reached, in a basis: the first half of minimisation. *)
Lemma restrict n (a : 'rV[K]_n) (M : L -> 'M[K]_n) b :
  exists m (a' : 'rV[K]_m) (M' : L -> 'M[K]_m) b',
    [/\ forall w, weight_of a M b w = weight_of a' M' b' w, forward a' M' = fullv &
        forward b^T (fun x => (M x)^T) = fullv -> forward b'^T (fun x => (M' x)^T) = fullv].
Proof.
have [ws span] := reached_span a M; pose us := fun i : 'I_(size ws) => nth [::] ws i.
pose F := row_base (reached a M us).
have spans u : u \in forward a M -> (u <= F)%MS.
  move=> inside; rewrite eq_row_base; pose X := map_tuple (fun w => a *m word M w) (in_tuple ws).
  have inX : u \in <<X>>%VS by apply: (subvP span).
  rewrite (coord_span inX); apply: summx_sub => j _; apply: scalemx_sub.
  by rewrite (nth_map [::]) ?ltn_ord //; apply: (eq_row_sub j); rewrite rowK.
have [_ _ /subvP start] := T0_reached (letters M) <[a]>%VS (T0_linear [vectType K of 'rV[K]_n]).
have within w : (a *m word M w <= F)%MS by apply/spans/forward_word/start/memv_line.
pose a' := a *m pinvmx F; pose M' x := F *m M x *m pinvmx F.
have aF : a' *m F = a by apply: mulmxKpV; have := within [::]; rewrite /= mulmx1.
have step x : F *m M x = M' x *m F.
  rewrite mulmxKpV // (eqmxMr _ (eq_row_base _)); apply/row_subP => i; rewrite row_mul rowK -mulmxA.
  by have := within (us i ++ [:: x]); rewrite word_cat /= mulmx1.
have words w : F *m word M w = word M' w *m F.
  by elim: w => [|x w IH] /=; rewrite ?mulmx1 ?mul1mx // mulmxA step -mulmxA IH mulmxA.
have rows w : a *m word M w = a' *m word M' w *m F by rewrite -{1}aF -mulmxA words mulmxA.
exists _, a', M', (F *m b); split=> [w | | full].
- by rewrite /weight_of rows !mulmxA.
- apply: (@full_reached _ _ _ _ us); rewrite -sub1mx -(submxMfree _ _ (row_base_free (reached a M us))).
  rewrite mul1mx -/F eq_row_base (_ : _ *m F = reached a M us) //.
  by apply/row_matrixP => i; rewrite row_mul !rowK rows.
have [q [vs free]] := read_full full.
pose back j := rev (vs j); apply: (@full_reached _ _ _ _ back).
rewrite (_ : reached _ _ _ = (F *m read M b vs)^T); last first.
  apply/row_matrixP => j; rewrite rowK word_turned revK -trmx_mul mulmxA -words -mulmxA.
  by apply/rowP => k; rewrite !mxE; apply: eq_bigr => l _; rewrite !mxE.
rewrite /row_full mxrank_tr mxrankMfree //; exact: row_base_free.
Qed.

(* Linear minimisation: every automaton has an equal one both of whose spans are everything. *)
Theorem T21_minimised n (a : 'rV[K]_n) (M : L -> 'M[K]_n) b :
  exists m (a' : 'rV[K]_m) (M' : L -> 'M[K]_m) b',
    [/\ forall w, weight_of a M b w = weight_of a' M' b' w, forward a' M' = fullv &
        forward b'^T (fun x => (M' x)^T) = fullv].
Proof.
have turned m (a1 : 'rV[K]_m) (M1 : L -> 'M[K]_m) b1 w : weight_of b1^T (fun x => (M1 x)^T) a1^T w = (weight_of a1 M1 b1 (rev w))^T.
  by rewrite /weight_of word_turned -!trmx_mul mulmxA.
have [m1 [b1 [M1 [a1 [same1 full1 _]]]]] := restrict b^T (fun x => (M x)^T) a^T.
have [m [a' [M' [b' [same full keeps]]]]] := restrict a1^T (fun x => (M1 x)^T) b1^T.
exists m, a', M', b'; split=> // [w|]; last first.
  by apply: keeps; rewrite trmxK -[RHS]full1; apply: forward_ext => x; rewrite trmxK.
have back w' : weight_of a M b w' = (weight_of b1 M1 a1 (rev w'))^T.
  by rewrite -same1 turned revK trmxK.
by rewrite -same back -turned.
Qed.

Theorem T21_smallest n m (a : 'rV[K]_n) (M : L -> 'M[K]_n) b (a' : 'rV[K]_m) (M' : L -> 'M[K]_m) b' :
  forward a M = fullv -> forward b^T (fun x => (M x)^T) = fullv ->
  (forall w, weight_of a M b w = weight_of a' M' b' w) -> (n <= m)%N.
Proof.
move=> full full' same; have [p [q [us [vs <-]]]] := T21_hankel full full'.
rewrite (_ : hankel a M b us vs = hankel a' M' b' us vs); first exact: T21_rank.
by apply/matrixP => i j; rewrite [LHS]mxE [RHS]mxE same.
Qed.

End Smallest.
