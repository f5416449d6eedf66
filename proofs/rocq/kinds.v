(* T0: the kinds of lumping are closure operators.

   Values of nodes are rows; g says of which group a node is, and equalities hold
   inside groups.

   Notations
     local f k W        all x of which every view f i lies in the closure k i of the views of W
     equal, line, ray   the closures of exact lumping, of ratios of any sign, and of positive ratios

   Main statements
     T0_local           what is seen through any linear views is a closure
     T0_equal, T0_line, T0_ray, T0_linear    the kinds are closures
     T0_equal_words     x is equal wherever all of W is
     T0_line_words      every two nodes of x look like those of some vector of W
     T0_line_ratio      so x has every ratio that all of W has
     T0_ray_words       x has exactly the positive ratios, and the zeros, that all of W has

   Hypotheses in the catalogue
     T0 zero class             ray *)

From mathcomp Require Import all_ssreflect all_algebra.
From LumpForm Require Import least.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Kinds.

(* What is seen through linear views: of every view, the closure of what it shows. *)

Variables (K : fieldType) (vT wT : vectType K) (I : finType).
Variables (f : I -> 'Hom(vT, wT)) (k : I -> {vspace wT} -> {vspace wT}).
Implicit Types W U : {vspace vT}.

Definition local W := (\bigcap_(i : I) (f i @^-1: k i (f i @: W)))%VS.

Lemma mem_local W x : reflect (forall i, f i x \in k i (f i @: W)) (x \in local W).
Proof.
rewrite memvE; apply: (iffP subv_bigcapP) => [inside i | inside i _].
  by rewrite memv_preim memvE inside.
by rewrite -memvE -memv_preim.
Qed.

Lemma local_view i W : (f i @: local W <= k i (f i @: W))%VS.
Proof. by apply/subvP => y /memv_imgP [x /mem_local inside ->]. Qed.

Hypothesis closures : forall i, closure (k i).

Theorem T0_local : closure local.
Proof.
split=> [W | W U WU | W].
- apply/subvP => x inW; apply/mem_local => i; case: (closures i) => larger _ _.
  by apply: (subvP (larger _)); exact: memv_img.
- apply/subvP => x /mem_local inside; apply/mem_local => i; case: (closures i) => _ monotone _.
  by apply: (subvP (monotone _ _ (limgS (f i) WU))).
apply/eqP; rewrite eqEsubv; apply/andP; split; apply/subvP => x /mem_local inside; apply/mem_local => i.
  case: (closures i) => _ monotone same; rewrite -[k i (f i @: W)]same.
  by apply: (subvP (monotone _ _ (local_view i W))).
case: (closures i) => larger monotone same; apply: (subvP (monotone _ _ _) _ (inside i)).
apply/subvP => y /memv_imgP [u inW ->]; apply: memv_img.
by apply/mem_local => j; case: (closures j) => larger' _ _; apply: (subvP (larger' _)); exact: memv_img.
Qed.

End Kinds.

Theorem T0_linear (K : fieldType) (vT : vectType K) : closure (@id {vspace vT}).
Proof. by split=> // W; exact: subvv. Qed.

Section Nodes.

(* Values of nodes are rows; g says of which group a node is. *)

Variables (K : fieldType) (n : nat) (G : eqType) (g : 'I_n -> G).
Implicit Types (W : {vspace 'rV[K]_n}) (x : 'rV[K]_n).

Definition together (p : 'I_n * 'I_n) := g p.1 == g p.2.

Definition mask (p : 'I_n * 'I_n) : K := (together p)%:R.

(* What two nodes of a group show: the difference of their values; the pair of both. *)
Definition difference_matrix p : 'M[K]_(n, 1) := mask p *: (delta_mx p.1 0 - delta_mx p.2 0).
Definition both_matrix p : 'M[K]_(n, 1 + 1) := mask p *: row_mx (delta_mx p.1 0) (delta_mx p.2 0).

Definition difference p : 'Hom([vectType K of 'rV[K]_n], [vectType K of 'rV[K]_1]) := linfun (mulmxr (difference_matrix p)).
Definition both p : 'Hom([vectType K of 'rV[K]_n], [vectType K of 'rV[K]_(1 + 1)]) := linfun (mulmxr (both_matrix p)).

Definition equal := local difference (fun _ => id).
Definition line := local both (fun _ => id).

Lemma differenceE p x : difference p x = mask p *: (col p.1 x - col p.2 x).
Proof. by rewrite lfunE /= /difference_matrix -scalemxAr mulmxBr -!colE. Qed.

Lemma bothE p x : both p x = mask p *: row_mx (col p.1 x) (col p.2 x).
Proof. by rewrite lfunE /= /both_matrix -scalemxAr mul_mx_row -!colE. Qed.

Lemma same_both s t x y : g s = g t -> both (s, t) x = both (s, t) y <-> x 0 s = y 0 s /\ x 0 t = y 0 t.
Proof.
move=> gst; rewrite !bothE /mask /together /= gst eqxx !scale1r; split=> [same | [same_s same_t]].
  have [] := eq_row_mx same; move=> /matrixP /(_ 0 0) eq_s /matrixP /(_ 0 0) eq_t.
  by rewrite !mxE in eq_s eq_t.
by congr row_mx; apply/colP => i; rewrite !mxE ord1 ?same_s ?same_t.
Qed.

Theorem T0_equal : closure equal.
Proof. by apply: T0_local => p; exact: T0_linear. Qed.

Theorem T0_line : closure line.
Proof. by apply: T0_local => p; exact: T0_linear. Qed.

(* In words: equal lets through the vectors that are equal wherever all of W are; line those of which every pair of
   nodes looks like that of some vector of W. *)

Theorem T0_equal_words W x :
  (x \in equal W) <-> (forall s t, g s = g t -> (forall w, w \in W -> w 0 s = w 0 t) -> x 0 s = x 0 t).
Proof.
have zero p y : together p -> (difference p y == 0) = (y 0 p.1 == y 0 p.2).
  move=> inside; rewrite differenceE /mask inside scale1r; apply/eqP/eqP => [/matrixP /(_ 0 0) | same].
    by rewrite !mxE => /eqP; rewrite subr_eq0 => /eqP.
  by apply/matrixP => i j; rewrite !mxE (ord1 i) same subrr.
split=> [/mem_local inside s t gst same | words].
  have pst : together (s, t) by rewrite /together gst eqxx.
  apply/eqP; rewrite -(zero (s, t)) //; have /memv_imgP [w inW ->] := inside (s, t).
  by rewrite zero // same.
apply/mem_local => p; have [inside | outside] := boolP (together p); last first.
  by rewrite differenceE /mask (negbTE outside) scale0r mem0v.
have [none | some] := eqVneq (difference p @: W)%VS 0%VS.
  rewrite none memv0 zero //; apply/eqP/words; first exact/eqP.
  by move=> w inW; apply/eqP; rewrite -zero // -memv0 -none memv_img.
suff -> : (difference p @: W)%VS = fullv by rewrite memvf.
by apply/eqP; rewrite eqEdim subvf dimvf /Vector.dim /= lt0n dimv_eq0 some.
Qed.

Theorem T0_line_words W x :
  (x \in line W) <-> (forall s t, g s = g t -> exists w, [/\ w \in W, w 0 s = x 0 s & w 0 t = x 0 t]).
Proof.
split=> [/mem_local inside s t gst | words].
  have /memv_imgP [w inW /(same_both _ _ gst) [same_s same_t]] := inside (s, t).
  by exists w; rewrite same_s same_t.
apply/mem_local => -[s t]; have [/eqP gst | outside] := boolP (together (s, t)); last first.
  by rewrite bothE /mask (negbTE outside) scale0r mem0v.
by have [w [inW same_s same_t]] := words s t gst; apply/memv_imgP; exists w => //; apply/(same_both _ _ gst).
Qed.

Theorem T0_line_ratio W x s t r : x \in line W -> g s = g t ->
  (forall w, w \in W -> w 0 s = r * w 0 t) -> x 0 s = r * x 0 t.
Proof. by move=> /T0_line_words words gst ratio; have [w [inW <- <-]] := words s t gst; exact: ratio. Qed.

End Nodes.

Section Rays.

(* Over an ordered field: one positive ratio. Of a pair of nodes, what W shows is kept if it lies on one line through
   values of one sign, or on an axis; otherwise nothing is asked of the pair. *)

Variables (K : realFieldType) (n : nat) (G : eqType) (g : 'I_n -> G).
Implicit Types (W : {vspace 'rV[K]_n}) (x : 'rV[K]_n) (U L : {vspace 'rV[K]_(1 + 1)}).

Definition left : 'I_(1 + 1) := lshift 1 0.
Definition right : 'I_(1 + 1) := rshift 1 0.

Definition one_sign U := (\dim U <= 1)%N && (0 <= vpick U 0 left * vpick U 0 right).

Definition narrow U := if one_sign U then U else fullv.

Definition ray := local (both K g) (fun _ => narrow).

Lemma narrow_closure : closure narrow.
Proof.
have larger U : (U <= narrow U)%VS by rewrite /narrow; case: ifP => _; rewrite ?subvv ?subvf.
split=> // [L U LU | U]; last by rewrite {2 3}/narrow; case: ifP => one; rewrite /narrow ?one //; case: ifP.
rewrite {2}/narrow; case: ifP => [/andP [one sign] | _]; last exact: subvf.
have [-> | some] := eqVneq L 0%VS.
  have /eqP none : vpick (0%VS : {vspace 'rV[K]_(1 + 1)}) == 0 by rewrite vpick0.
  by rewrite /narrow /one_sign dimv0 none mxE mul0r lexx /= sub0v.
suff same : L = U by rewrite same /narrow /one_sign one sign subvv.
by apply/eqP; rewrite eqEdim LU (leq_trans one) // lt0n dimv_eq0.
Qed.

Theorem T0_ray : closure ray.
Proof. by apply: T0_local => p; exact: narrow_closure. Qed.

Lemma view_left (s t : 'I_n) x : g s = g t -> both K g (s, t) x 0 left = x 0 s.
Proof. by move=> gst; rewrite bothE /mask /together /= gst eqxx scale1r row_mxEl mxE. Qed.

Lemma view_right (s t : 'I_n) x : g s = g t -> both K g (s, t) x 0 right = x 0 t.
Proof. by move=> gst; rewrite bothE /mask /together /= gst eqxx scale1r row_mxEr mxE. Qed.

Lemma rowE2 (y z : 'rV[K]_(1 + 1)) : y 0 left = z 0 left -> y 0 right = z 0 right -> y = z.
Proof.
move=> same_left same_right; apply/rowP => i; rewrite -[i]splitK.
by case: (split i) => j /=; rewrite (ord1 j).
Qed.

Lemma on_line U (v : 'rV[K]_(1 + 1)) : (forall y, y \in U -> exists k, y = k *: v) -> (\dim U <= 1)%N.
Proof.
move=> multiples; apply: leq_trans (dimvS (_ : U <= <[v]>)%VS) _; last by rewrite dim_vline leq_b1.
by apply/subvP => y /multiples [k ->]; rewrite memvZ ?memv_line.
Qed.

(* In words: ray lets through exactly the vectors that have the positive ratios, and the zeros, that all of W has. *)
Theorem T0_ray_words W x :
  (x \in ray W) <->
  (forall s, (forall w, w \in W -> w 0 s = 0) -> x 0 s = 0) /\
  (forall s t r, g s = g t -> 0 < r -> (forall w, w \in W -> w 0 s = r * w 0 t) -> x 0 s = r * x 0 t).
Proof.
have inside_of s t : g s = g t -> x \in ray W -> one_sign (both K g (s, t) @: W)%VS ->
    exists2 w, w \in W & both K g (s, t) x = both K g (s, t) w.
  move=> gst /mem_local /(_ (s, t)); rewrite /narrow => inside one; rewrite one in inside.
  by have /memv_imgP [w inW same] := inside; exists w.
split=> [inx | [zeros ratios]].
  split=> [s none | s t r gst positive ratio].
    have zero y : y \in (both K g (s, s) @: W)%VS -> y = 0.
      by case/memv_imgP => w inW ->; apply: rowE2; rewrite ?view_left ?view_right // none // mxE.
    have one : one_sign (both K g (s, s) @: W)%VS.
      rewrite /one_sign (zero _ (memv_pick _)) mxE mul0r lexx andbT.
      by apply: (on_line (v := 0)) => y /zero ->; exists 0; rewrite scaler0.
    by have [w inW /(same_both _ _ (erefl (g s))) [-> _]] := inside_of s s erefl inx one; exact: none.
  have in_ratio y : y \in (both K g (s, t) @: W)%VS -> y 0 left = r * y 0 right.
    by case/memv_imgP => w inW ->; rewrite view_left ?view_right // ratio.
  have one : one_sign (both K g (s, t) @: W)%VS.
    rewrite /one_sign (in_ratio _ (memv_pick _)) -mulrA mulr_ge0 ?(ltW positive) -?expr2 ?sqr_ge0 // andbT.
    apply: (on_line (v := row_mx r%:M 1%:M)) => y /in_ratio same; exists (y 0 right).
    by apply: rowE2; rewrite [RHS]mxE ?row_mxEl ?row_mxEr mxE mulr1n ?mulr1 // same mulrC.
  by have [w inW /(same_both _ _ gst) [-> ->]] := inside_of s t gst inx one; exact: ratio.
apply/mem_local => -[s t]; have [/eqP gst | outside] := boolP (together g (s, t)); last first.
  by rewrite bothE /mask (negbTE outside) scale0r mem0v.
rewrite /narrow; case: ifP => [/andP [one sign] | _]; last exact: memvf.
set U := (both K g (s, t) @: W)%VS in one sign *; set v := vpick U in sign *.
have multiple w : w \in W -> exists k, both K g (s, t) w = k *: v.
  move=> inW; apply/vlineP; suff -> : <[v]>%VS = U by exact: memv_img.
  have [none | some] := eqVneq U 0%VS.
    have /eqP none_v : v == 0 by rewrite vpick0 none.
    by rewrite none none_v; apply/eqP; rewrite -dimv_eq0 dim_vline eqxx.
  apply/eqP; rewrite eqEdim -memvE memv_pick dim_vline /=.
  by rewrite vpick0 some.
have view w : w \in W -> exists k, w 0 s = k * v 0 left /\ w 0 t = k * v 0 right.
  move=> /multiple [k same]; exists k; rewrite -(view_left w gst) -(view_right w gst) same.
  by rewrite !mxE.
have inU : v \in U by exact: memv_pick.
have [zero_s | some_s] := eqVneq (v 0 left) 0.
  have x_s : x 0 s = 0 by apply: zeros => w /view [k [-> _]]; rewrite zero_s mulr0.
  have [zero_t | some_t] := eqVneq (v 0 right) 0.
    have x_t : x 0 t = 0 by apply: zeros => w /view [k [_ ->]]; rewrite zero_t mulr0.
    rewrite (_ : both K g (s, t) x = 0) ?mem0v //.
    by apply: rowE2; rewrite ?view_left ?view_right // ?x_s ?x_t mxE.
  rewrite (_ : both K g (s, t) x = (x 0 t / v 0 right) *: v) ?memvZ //.
  by apply: rowE2; rewrite ?view_left ?view_right // mxE ?zero_s ?mulr0 // divfK.
have [zero_t | some_t] := eqVneq (v 0 right) 0.
  have x_t : x 0 t = 0 by apply: zeros => w /view [k [_ ->]]; rewrite zero_t mulr0.
  rewrite (_ : both K g (s, t) x = (x 0 s / v 0 left) *: v) ?memvZ //.
  by apply: rowE2; rewrite ?view_left ?view_right // mxE ?zero_t ?mulr0 // divfK.
have positive : 0 < v 0 left / v 0 right.
  rewrite lt_neqAle eq_sym mulf_neq0 ?invr_eq0 //=.
  have -> : v 0 left / v 0 right = v 0 left * v 0 right * (v 0 right)^-1 ^+ 2 by rewrite expr2 !mulrA mulfK.
  by rewrite mulr_ge0 ?sqr_ge0.
have x_s : x 0 s = v 0 left / v 0 right * x 0 t.
  by apply: ratios => // w /view [k [-> ->]]; rewrite mulrCA divfK // mulrC.
rewrite (_ : both K g (s, t) x = (x 0 t / v 0 right) *: v) ?memvZ //.
apply: rowE2; rewrite ?view_left ?view_right // mxE ?divfK //.
by rewrite x_s mulrAC [RHS]mulrC mulrA.
Qed.

End Rays.
