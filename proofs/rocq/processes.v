(* T20: decision processes, and their quotient.

   A state has choices; a choice has a reward and a weight for every state. What a
   choice shows is its reward and its weight for every class. The classes e (a map
   to a finite type of classes) are a lumping onto a quotient if the choices of a
   state show the same set as those of its class.

   Notations
     shown e c        what a choice shows: its reward, and its weight for every class
     lumps e P Q      state for state, the choices of P and of Q show the same
     best P k         value iteration with any way opt of choosing from a set of numbers
     follow P f k     value iteration of the scheduler f, which may depend on the step

   Main statements
     T20_values       value iteration commutes with lifting, for largest, smallest and any other choice
     T20_bounds       so the values, and what they tend to, are bounded by the same numbers
     T20_limit        and tend to the same limit, or to none
     T20_upper        an inductive upper bound for the classes bounds the states, at every step
     T20_scheduler    a scheduler of the quotient is lifted: every state has a choice that shows what is wanted
     T20_scheduler_values  and then both have the same values
     T20_join         the join of two lumpings is one
     T20_coarsest     inside an initial equivalence there is a coarsest lumping

   Hypotheses in the catalogue
     T20 sets of distributions  lumps
     T20 rewards respected     alike
     T20 labels respected      refines
     T20 action names          same_shown *)

From mathcomp Require Import all_ssreflect all_algebra.
From LumpForm Require Import coarsest.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Values.

Variables (R : realDomainType) (S C : finType) (e : S -> C).

Record choice (T : finType) := Choice { reward : R; weight : T -> R }.

Definition value (T : finType) (v : T -> R) (c : choice T) : R := reward c + \sum_t weight c t * v t.

(* What a choice of the process shows is a choice of the quotient. *)
Definition shown (c : choice S) : choice C := Choice (reward c) (fun B => \sum_(t | e t == B) weight c t).

Definition alike (c d : choice C) := reward c = reward d /\ weight c =1 weight d.

Variables (P : S -> seq (choice S)) (Q : C -> seq (choice C)).

Definition lumps :=
  forall s,
    (forall c, List.In c (P s) -> exists2 d, List.In d (Q (e s)) & alike (shown c) d) /\
    (forall d, List.In d (Q (e s)) -> exists2 c, List.In c (P s) & alike (shown c) d).

Lemma value_alike v (c d : choice C) : alike c d -> value v c = value v d.
Proof. by case=> same_reward same; rewrite /value same_reward; congr (_ + _); apply: eq_bigr => B _; rewrite same. Qed.

Lemma value_shown v (c : choice S) : value (v \o e) c = value v (shown c).
Proof.
rewrite /value /=; congr (_ + _); rewrite (partition_big e xpredT) //=; apply: eq_bigr => B _.
by rewrite mulr_suml; apply: eq_bigr => t /eqP ->.
Qed.

(* opt stands for the largest or the smallest of some numbers, or for anything else that is a matter of the set. *)
Variables (opt : seq R -> R).
Hypothesis opt_of_set : forall xs ys, xs =i ys -> opt xs = opt ys.

Fixpoint best (T : finType) (process : T -> seq (choice T)) (start : T -> R) k (t : T) : R :=
  if k is k'.+1 then opt [seq value (best process start k') c | c <- process t] else start t.

Lemma In_mem (A B : Type) (X : eqType) (f : A -> X) (h : B -> X) (xs : seq A) (ys : seq B) :
  (forall a, List.In a xs -> exists2 b, List.In b ys & f a = h b) ->
  {subset [seq f a | a <- xs] <= [seq h b | b <- ys]}.
Proof.
elim: xs => [|a xs IH] below x //=; rewrite inE => /orP [/eqP -> |]; last by apply: IH => b inb; apply: below; right.
have [b inb ->] := below a (or_introl erefl).
elim: ys inb {below IH} => [|b' ys IH] //= [-> | inb]; rewrite inE ?eqxx //.
by rewrite IH ?orbT.
Qed.

Lemma best_ext (T : finType) (process : T -> seq (choice T)) u v k :
  u =1 v -> best process u k =1 best process v k.
Proof.
move=> same; elim: k => [|k IH] t //=; congr opt; apply: eq_map => c; rewrite /value; congr (_ + _).
by apply: eq_bigr => t' _; rewrite IH.
Qed.

Theorem T20_values start k s : lumps -> best P (start \o e) k s = best Q start k (e s).
Proof.
move=> lump; elim: k s => [|k IH] s //=; apply: opt_of_set => x.
have [there back] := lump s.
have same c : value (best P (start \o e) k) c = value (best Q start k) (shown c).
  rewrite -value_shown /value; congr (_ + _); apply: eq_bigr => t _; by rewrite IH.
apply/idP/idP; apply: In_mem => d ind; [have [c inc is_d] := there d ind | have [c inc is_d] := back d ind]; exists c => //.
  by rewrite same (value_alike _ is_d).
by rewrite same (value_alike _ is_d).
Qed.

(* What the values stay below, or reach, is the same at all steps, and so is any limit. *)
Theorem T20_bounds start s (inside : (nat -> R) -> Prop) : lumps ->
  (forall x y, x =1 y -> inside x -> inside y) ->
  (inside (fun k => best P (start \o e) k s) <-> inside (fun k => best Q start k (e s))).
Proof. by move=> lump ext; split; apply: ext => k; rewrite T20_values. Qed.

(* What the values tend to, by the definition of a limit. *)
Definition tends (x : nat -> R) (l : R) := forall eps, 0 < eps -> exists n, forall k, (n <= k)%N -> `|x k - l| < eps.

Theorem T20_limit start s l : lumps ->
  (tends (fun k => best P (start \o e) k s) l <-> tends (fun k => best Q start k (e s)) l).
Proof.
move=> lump; apply: (@T20_bounds start s (fun x => tends x l)) => // x y same near eps pos.
by have [n below] := near eps pos; exists n => k later; rewrite -same; apply: below.
Qed.

(* A certificate of a bound for the quotient is one for the original: numbers for the classes that no choice exceeds,
   and that begin above, bound the largest values of every state at every step, and so the limit. *)
Theorem T20_upper (start x : C -> R) : lumps ->
  (forall (xs : seq R) b, (forall y, y \in xs -> y <= b) -> xs <> [::] -> opt xs <= b) ->
  (forall B d t, List.In d (Q B) -> 0 <= weight d t) -> (forall B, Q B <> [::]) ->
  (forall B, start B <= x B) -> (forall B d, List.In d (Q B) -> value x d <= x B) ->
  forall k s, best P (start \o e) k s <= x (e s).
Proof.
move=> lump opt_le weights some below inductive k s; rewrite T20_values //.
elim: k (e s) => [|k IH] B /=; first exact: below.
have bounded d : List.In d (Q B) -> value (best Q start k) d <= x B.
  move=> ind; apply: le_trans (inductive B d ind); rewrite /value ler_add2l.
  by apply: ler_sum => t _; apply: ler_wpmul2l; [exact: weights ind | exact: IH].
apply: opt_le; last by case: (Q B) (some B).
move: (Q B) bounded => ds; elim: ds => [|d ds down] bounded y //=; rewrite inE => /orP [/eqP -> |].
  by apply: bounded; left.
by apply: down => d' ind'; apply: bounded; right.
Qed.

(* A scheduler says which of its choices a state takes; the step may matter. *)
Fixpoint follow (T : finType) (f : nat -> T -> choice T) (start : T -> R) k (t : T) : R :=
  if k is k'.+1 then value (follow f start k') (f k' t) else start t.

Definition allowed (T : finType) (process : T -> seq (choice T)) (f : nat -> T -> choice T) :=
  forall k t, List.In (f k t) (process t).

Lemma follow_lift f h start k s : (forall k s, alike (shown (f k s)) (h k (e s))) ->
  follow f (start \o e) k s = follow h start k (e s).
Proof.
move=> lifted; elim: k s => [|k IH] s //=; rewrite -(value_alike _ (lifted k s)) -value_shown /value.
by congr (_ + _); apply: eq_bigr => t _; rewrite IH.
Qed.

Theorem T20_scheduler (h : nat -> C -> choice C) : lumps -> allowed Q h ->
  forall k s, exists2 c, List.In c (P s) & alike (shown c) (h k (e s)).
Proof. by move=> lump inside k s; have [_ back] := lump s; apply: back. Qed.

Theorem T20_scheduler_values (f : nat -> S -> choice S) (h : nat -> C -> choice C) start k s :
  (forall k s, alike (shown (f k s)) (h k (e s))) ->
  follow f (start \o e) k s = follow h start k (e s).
Proof. exact: follow_lift. Qed.

End Values.

Section Coarsest.

(* Which states go together, by an equivalence e: for every choice of one there is a choice of the other with the same
   reward and the same weights for all classes. *)

Variables (G : zmodType) (R : eqType) (S : finType) (P : S -> seq (R * (S -> G))).
Implicit Types e : rel S.

Definition same_shown (big : rel S) (c d : R * (S -> G)) :=
  c.1 = d.1 /\ forall w, \sum_(u | big w u) c.2 u = \sum_(u | big w u) d.2 u.

Definition matched (big e : rel S) := forall s t, e s t -> forall c, List.In c (P s) ->
  exists2 d, List.In d (P t) & same_shown big c d.

Definition set_lumping e := equivalence_rel e /\ matched e e.

(* Equal weights for the classes of e are equal weights for unions of them. *)
Lemma shown_coarser big e c d : equivalence_rel e -> (forall w u v, e u v -> big w u = big w v) ->
  same_shown e c d -> same_shown big c d.
Proof. by move=> eq union [same_reward same]; split=> //; exact: sums_coarser eq union same. Qed.

Theorem T20_join e e' : set_lumping e -> set_lumping e' -> set_lumping (join e e').
Proof.
move=> [eq same] [eq' same'].
have [_ sym _] := equivalence_parts eq; have [_ sym' _] := equivalence_parts eq'.
split; first exact: join_equivalence.
have step s t : e s t || e' s t -> forall c, List.In c (P s) ->
    exists2 d, List.In d (P t) & same_shown (join e e') c d.
  case/orP => st c inc.
    have [d ind shown] := same s t st c inc; exists d => //.
    by apply: (shown_coarser eq) shown; apply: join_union => // u v uv; apply: connect1; rewrite uv.
  have [d ind shown] := same' s t st c inc; exists d => //.
  by apply: (shown_coarser eq') shown; apply: join_union => // u v uv; apply: connect1; rewrite uv orbT.
move=> s t /connectP [p pth ->]; elim: p s pth => [|k p IH] s /=; first by move=> _ c inc; exists c.
move=> /andP [sk pth] c inc; have [d ind [reward_d same_d]] := step s k sk c inc.
have [f inf [reward_f same_f]] := IH k pth d ind; exists f => //.
by split=> [|w]; [rewrite reward_d | rewrite same_d].
Qed.

Lemma all_In (T : Type) (a : pred T) (xs : seq T) : reflect (forall x, List.In x xs -> a x) (all a xs).
Proof.
elim: xs => [|x xs IH] /=; first by apply: ReflectT.
apply: (iffP andP) => [[ax /IH below] y [<- // | iny] | below]; first exact: below.
by split; [apply: below; left | apply/IH => y iny; apply: below; right].
Qed.

Lemma has_In (T : Type) (a : pred T) (xs : seq T) : reflect (exists2 x, List.In x xs & a x) (has a xs).
Proof.
elim: xs => [|x xs IH] /=; first by apply: ReflectF => -[].
apply: (iffP orP) => [[ax | /IH [y iny ay]] | [y [<- | iny] ay]]; [by exists x; first left | by exists y; first right | |].
  by left.
by right; apply/IH; exists y.
Qed.

Lemma set_lumping_decidable e : set_lumping e \/ ~ set_lumping e.
Proof.
have [eq | not] := equivalence_decidable e; last by right=> -[].
pose shown (c d : R * (S -> G)) := (c.1 == d.1) && [forall w, \sum_(u | e w u) c.2 u == \sum_(u | e w u) d.2 u].
have shownP c d : reflect (same_shown e c d) (shown c d).
  apply: (iffP andP) => [[/eqP r /forallP w] | [r w]]; first by split=> // v; apply/eqP.
  by split; [apply/eqP | apply/forallP => v; apply/eqP].
have [ok | bad] := boolP [forall s, [forall t, e s t ==> all (fun c => has (shown c) (P t)) (P s)]]; [left | right].
  split=> // s t st c inc; have /forallP /(_ s) /forallP /(_ t) /implyP /(_ st) /all_In /(_ c inc) := ok.
  by case/has_In => d ind /shownP; exists d.
move=> [_ same]; case/negP: bad; apply/forallP => s; apply/forallP => t; apply/implyP => st.
by apply/all_In => c inc; apply/has_In; have [d ind /shownP] := same s t st c inc; exists d.
Qed.

Lemma set_lumping_eq e e' : e =2 e' -> set_lumping e -> set_lumping e'.
Proof.
move=> same [eq match_]; split=> [| s t st c inc]; first exact: equivalence_eq eq.
have [|d ind [reward_d same_d]] := match_ s t _ c inc; first by rewrite same.
by exists d => //; split=> // w; rewrite -!(eq_bigl _ _ (same w)).
Qed.

Lemma discrete_set_lumping : set_lumping (fun s t => s == t).
Proof. by split=> [|s t /eqP -> c inc]; [exact: discrete_equivalence | exists c]. Qed.

(* Inside an initial equivalence (equal labels) there is a coarsest lumping. *)
Theorem T20_coarsest init : equivalence_rel init ->
  exists e, [/\ set_lumping e, refines e init & forall f, set_lumping f -> refines f init -> refines f e].
Proof.
apply: coarsest_good; [exact: set_lumping_eq | exact: T20_join | exact: discrete_set_lumping | exact: set_lumping_decidable].
Qed.

End Coarsest.
