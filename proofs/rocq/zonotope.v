(* Zonotopes in integers, for the verified checker of differences: sums, rounded quotients, lines along ReLU.

   A number y is enclosed by a centre, a coefficient for each symbol, and a radius; symbols are real numbers from -1 to 1.
   Symbols are only ever added at the end, so what encloses y goes on to enclose it, whatever is added.

   Notations
     along a e               the sum of coefficients times symbols
     encloses e F y          y is the centre and what is along e, give or take the radius, also with symbols after e
     plus k F G              k times F, and G
     shrink d F              F over d, rounded, with the radius that this takes
     lowest F, highest F     the ends of the range of F
     sloped tiny d k lo hi n F
                           the form of z, if d z - k y is from lo to hi and F encloses y; n symbols are taken
     relu_above, relu_below  bounds of d (relu y - relu y') - k (y - y')

   Main statements
     sloped_encloses         what sloped gives encloses z, with one more symbol or none
     relu_between            the bounds for ReLU are right for every slope from 0 to 1 *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require network_checker.
Import ListNotations.
Local Open Scope R_scope.

Record form := Form { centre : Z; coefficients : list Z; radius : Z }.

Notation along := network_checker.dot.
Notation relu := (network_checker.act true).

Definition small (e : list R) : Prop := Forall (fun v => -1 <= v <= 1) e.

Definition encloses (e : list R) (F : form) (y : R) : Prop :=
  forall t, small t -> Rabs (y - (IZR (centre F) + along (coefficients F) (e ++ t))) <= IZR (radius F).

Fixpoint plus_all (k : Z) (a b : list Z) : list Z :=
  match a, b with
  | [], _ => b
  | u :: a', [] => (k * u)%Z :: plus_all k a' []
  | u :: a', v :: b' => (k * u + v)%Z :: plus_all k a' b'
  end.

Definition plus (k : Z) (F G : form) : form :=
  Form (k * centre F + centre G) (plus_all k (coefficients F) (coefficients G)) (Z.abs k * radius F + radius G).

Definition up (a d : Z) : Z := (- (- a / d))%Z.

Fixpoint quotients (d : Z) (a : list Z) : list Z :=
  match a with [] => [] | u :: a' => (u / d)%Z :: quotients d a' end.

(* No less than what all quotients together leave, which one more division each would tell exactly. *)
Fixpoint remainders (d : Z) (a : list Z) : Z := match a with [] => 0 | _ :: a' => d + remainders d a' end%Z.

Definition shrink (d : Z) (F : form) : form :=
  let c := (centre F / d)%Z in
  Form c (quotients d (coefficients F))
    (up (radius F + Z.abs (centre F - d * c) + remainders d (coefficients F)) d).

Fixpoint size (a : list Z) : Z := match a with [] => 0 | u :: a' => Z.abs u + size a' end%Z.

Definition lowest (F : form) : Z := (centre F - (size (coefficients F) + radius F))%Z.
Definition highest (F : form) : Z := (centre F + (size (coefficients F) + radius F))%Z.

(* The coefficient of symbol n grows by h. *)
Fixpoint put (n : nat) (h : Z) (a : list Z) : list Z :=
  match n, a with
  | O, [] => [h]
  | O, u :: a' => (u + h)%Z :: a'
  | S n', [] => 0%Z :: put n' h []
  | S n', u :: a' => u :: put n' h a'
  end.

(* A line of a width below tiny gets no symbol. *)
Definition sloped (tiny d k lo hi : Z) (n : nat) (F : form) : form * nat :=
  let G := plus (k + k) F (Form (lo + hi) [] 0) in
  let h := Z.abs (hi - lo) in
  if Z.ltb h (tiny * d) then (shrink (d + d) (Form (centre G) (coefficients G) (radius G + h)), n)
  else (shrink (d + d) (Form (centre G) (put n h (coefficients G)) (radius G)), S n).

(* Sums along symbols. *)
Lemma plus_all_along k a b e : along (plus_all k a b) e = IZR k * along a e + along b e.
Proof.
  revert b e. induction a as [|u a IH]; intros b e; simpl; [ring|].
  destruct b as [|v b]; destruct e as [|w e]; simpl; try ring.
  - rewrite IH, mult_IZR. simpl. ring.
  - rewrite IH, plus_IZR, mult_IZR. ring.
Qed.

Lemma put_along n h a e : along (put n h a) e = along a e + IZR h * nth n e 0.
Proof.
  revert a e. induction n as [|n IH]; intros [|u a] [|w e]; simpl; try ring.
  - rewrite plus_IZR. ring.
  - rewrite IH. simpl. ring.
  - rewrite IH. ring.
Qed.

Lemma size_along a e : small e -> Rabs (along a e) <= IZR (size a).
Proof.
  revert e. induction a as [|u a IH]; intros e s; simpl; [rewrite Rabs_R0; lra|].
  rewrite plus_IZR, abs_IZR. destruct e as [|v e].
  - rewrite Rabs_R0. pose proof (IH [] s) as P. pose proof (Rabs_pos (along a [])). pose proof (Rabs_pos (IZR u)). lra.
  - inversion s as [|? ? one rest]; subst. specialize (IH e rest). eapply Rle_trans; [apply Rabs_triang|].
    rewrite Rabs_mult. assert (Rabs v <= 1) by (apply Rabs_le; lra). pose proof (Rabs_pos (IZR u)). nra.
Qed.

Lemma remainder_small u d : (0 < d)%Z -> Rabs (IZR u - IZR d * IZR (u / d)) <= IZR d.
Proof.
  intros pos. rewrite <- mult_IZR, <- minus_IZR, <- abs_IZR. apply IZR_le.
  pose proof (Z.mod_pos_bound u d pos). pose proof (Z.div_mod u d). lia.
Qed.

Lemma remainders_along d a e : (0 < d)%Z -> small e ->
  Rabs (along a e - IZR d * along (quotients d a) e) <= IZR (remainders d a).
Proof.
  intros pos. revert e. induction a as [|u a IH]; intros e s; simpl; [rewrite Rmult_0_r, Rminus_0_r, Rabs_R0; lra|].
  rewrite plus_IZR. pose proof (remainder_small u d pos) as one'. destruct e as [|v e].
  - specialize (IH [] s). rewrite Rmult_0_r, Rminus_0_r, Rabs_R0.
    pose proof (Rabs_pos (IZR u - IZR d * IZR (u / d))). pose proof (Rabs_pos (along a [] - IZR d * along (quotients d a) [])). lra.
  - inversion s as [|? ? one rest]; subst. specialize (IH e rest).
    replace (IZR u * v + along a e - IZR d * (IZR (u / d) * v + along (quotients d a) e)) with
      ((IZR u - IZR d * IZR (u / d)) * v + (along a e - IZR d * along (quotients d a) e)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult. assert (Rabs v <= 1) by (apply Rabs_le; lra).
    pose proof (Rabs_pos (IZR u - IZR d * IZR (u / d))). nra.
Qed.

(* Forms. *)
Lemma encloses_more e t F y : encloses e F y -> small t -> encloses (e ++ t) F y.
Proof. intros H s t' s'. rewrite <- app_assoc. apply H. apply Forall_app. split; assumption. Qed.

Lemma encloses_exact e c : encloses e (Form c [] 0) (IZR c).
Proof. intros t _. simpl. rewrite Rplus_0_r, Rminus_diag_eq, Rabs_R0 by reflexivity. lra. Qed.

Lemma plus_encloses e k F G y z : encloses e F y -> encloses e G z -> encloses e (plus k F G) (IZR k * y + z).
Proof.
  intros f g t s. specialize (f t s). specialize (g t s). unfold plus. simpl.
  rewrite plus_all_along, !plus_IZR, !mult_IZR, abs_IZR.
  replace (IZR k * y + z - (IZR k * IZR (centre F) + IZR (centre G)
            + (IZR k * along (coefficients F) (e ++ t) + along (coefficients G) (e ++ t)))) with
    (IZR k * (y - (IZR (centre F) + along (coefficients F) (e ++ t)))
      + (z - (IZR (centre G) + along (coefficients G) (e ++ t)))) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult. pose proof (Rabs_pos (IZR k)). nra.
Qed.

Lemma up_above a d : (0 < d)%Z -> (a <= d * up a d)%Z.
Proof. intros pos. unfold up. pose proof (Z.mul_div_le (- a) d pos). lia. Qed.

Lemma shrink_encloses d e F y : (0 < d)%Z -> small e -> encloses e F y -> encloses e (shrink d F) (y / IZR d).
Proof.
  intros pos s f t s'. specialize (f t s'). unfold shrink. simpl.
  set (all := (radius F + Z.abs (centre F - d * (centre F / d)) + remainders d (coefficients F))%Z).
  assert (above : IZR all <= IZR d * IZR (up all d)) by (rewrite <- mult_IZR; apply IZR_le, up_above; exact pos).
  assert (both : small (e ++ t)) by (apply Forall_app; split; assumption).
  pose proof (remainders_along d (coefficients F) _ pos both) as rest.
  unfold all in above at 1. rewrite !plus_IZR, abs_IZR, minus_IZR, mult_IZR in above.
  apply IZR_lt in pos. set (q := along (quotients d (coefficients F)) (e ++ t)) in *.
  replace (y / IZR d - (IZR (centre F / d) + q)) with ((y - IZR d * (IZR (centre F / d) + q)) / IZR d) by (field; lra).
  unfold Rdiv. rewrite Rabs_mult, (Rabs_right (/ IZR d)) by (apply Rle_ge, Rlt_le, Rinv_0_lt_compat; exact pos).
  apply (Rmult_le_reg_r (IZR d)); [exact pos|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  rewrite (Rmult_comm (IZR (up all d))). eapply Rle_trans; [|exact above].
  replace (y - IZR d * (IZR (centre F / d) + q)) with
    ((y - (IZR (centre F) + along (coefficients F) (e ++ t)))
      + (IZR (centre F) - IZR d * IZR (centre F / d)) + (along (coefficients F) (e ++ t) - IZR d * q)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat; [|exact rest].
  eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat_r. exact f.
Qed.

Lemma range_of e F y : small e -> encloses e F y -> IZR (lowest F) <= y <= IZR (highest F).
Proof.
  intros s f. specialize (f [] (Forall_nil _)). rewrite app_nil_r in f. pose proof (size_along (coefficients F) e s) as a.
  unfold lowest, highest. rewrite minus_IZR, !plus_IZR. revert f a. unfold Rabs. repeat destruct Rcase_abs; lra.
Qed.

Theorem sloped_encloses tiny d k lo hi n F e y z : (0 < d)%Z -> small e -> length e = n -> encloses e F y ->
  IZR lo <= IZR d * z - IZR k * y <= IZR hi ->
  exists t, small t /\ length (e ++ t) = snd (sloped tiny d k lo hi n F) /\ encloses (e ++ t) (fst (sloped tiny d k lo hi n F)) z.
Proof.
  intros pos s len f between. pose proof (IZR_lt _ _ pos) as pos'.
  assert (h : IZR (Z.abs (hi - lo)) = IZR hi - IZR lo).
  { rewrite Z.abs_eq; [apply minus_IZR|]. assert (lo <= hi)%Z by (apply le_IZR; lra). lia. }
  assert (back : 2 * IZR d * z / IZR (d + d) = z) by (rewrite plus_IZR; field; lra).
  pose proof (plus_encloses e (k + k) F _ _ _ f (encloses_exact e (lo + hi))) as g.
  unfold sloped. set (G := plus (k + k) F (Form (lo + hi) [] 0)) in *.
  rewrite !plus_IZR in g. destruct (Z.ltb (Z.abs (hi - lo)) (tiny * d)); simpl.
  - exists []. rewrite app_nil_r. split; [apply Forall_nil|]. split; [exact len|]. rewrite <- back.
    apply shrink_encloses; [lia | exact s |]. intros t s'. specialize (g t s').
    change (Rabs (2 * IZR d * z - (IZR (centre G) + along (coefficients G) (e ++ t))) <= IZR (radius G + Z.abs (hi - lo))).
    rewrite (plus_IZR (radius G)), h. revert g. unfold Rabs. repeat destruct Rcase_abs; lra.
  - assert (symbol : exists v, -1 <= v <= 1
      /\ (IZR hi - IZR lo) * v = 2 * IZR d * z - 2 * IZR k * y - (IZR lo + IZR hi)).
    { destruct (Req_EM_T (IZR hi) (IZR lo)); [exists 0; split; lra|]. assert (wide : 0 < IZR hi - IZR lo) by lra.
      exists ((2 * IZR d * z - 2 * IZR k * y - (IZR lo + IZR hi)) / (IZR hi - IZR lo)). split; [|field; lra].
      split; apply (Rmult_le_reg_r (IZR hi - IZR lo)); try exact wide; unfold Rdiv; rewrite ?Rmult_assoc, Rinv_l; lra. }
    destruct symbol as [v [bounded unit]].
    exists [v]. assert (one : small [v]) by (constructor; [exact bounded | constructor]).
    split; [exact one|]. split; [rewrite app_length, len; simpl; lia|]. rewrite <- back.
    apply shrink_encloses; [lia | apply Forall_app; split; assumption |]. intros t s'.
    change (Rabs (2 * IZR d * z - (IZR (centre G) + along (put n (Z.abs (hi - lo)) (coefficients G)) ((e ++ [v]) ++ t)))
            <= IZR (radius G)).
    specialize (g (v :: t) (Forall_cons _ bounded s')). rewrite <- app_assoc. simpl app. rewrite put_along.
    replace (nth n (e ++ v :: t) 0) with v by (rewrite app_nth2, len, Nat.sub_diag by lia; reflexivity).
    rewrite h. revert g. unfold Rabs. repeat destruct Rcase_abs; lra.
Qed.

(* Lines along ReLU. *)
Definition positive_part (a : Z) : Z := Z.max a 0.

Definition relu_above (d k l h lo hi : Z) : Z :=
  Z.min (Z.max ((d - k) * positive_part hi) (k * positive_part (- lo)))
    (k * Z.min (positive_part (- l)) (positive_part (- lo)) + (d - k) * Z.min (positive_part h) (positive_part hi))%Z.

Definition relu_below (d k l' h' lo hi : Z) : Z := (- relu_above d k l' h' (- hi) (- lo))%Z.

Lemma max_IZR a b : IZR (Z.max a b) = Rmax (IZR a) (IZR b).
Proof.
  unfold Rmax. destruct (Rle_dec (IZR a) (IZR b)) as [le|no].
  - apply le_IZR in le. rewrite Z.max_r by exact le. reflexivity.
  - rewrite Z.max_l; [reflexivity|]. assert (IZR b < IZR a) by lra. apply lt_IZR in H. lia.
Qed.

Lemma min_IZR a b : IZR (Z.min a b) = Rmin (IZR a) (IZR b).
Proof.
  unfold Rmin. destruct (Rle_dec (IZR a) (IZR b)) as [le|no].
  - apply le_IZR in le. rewrite Z.min_l by exact le. reflexivity.
  - rewrite Z.min_r; [reflexivity|]. assert (IZR b < IZR a) by lra. apply lt_IZR in H. lia.
Qed.

Lemma above_right d k l h lo hi y y' : (0 <= k <= d)%Z -> IZR l <= y <= IZR h -> IZR lo <= y - y' <= IZR hi ->
  IZR d * (relu y - relu y') - IZR k * (y - y') <= IZR (relu_above d k l h lo hi).
Proof.
  intros [k0 kd] own apart. apply IZR_le in k0, kd. unfold relu_above, positive_part.
  rewrite min_IZR, max_IZR, plus_IZR, !mult_IZR, !min_IZR, !max_IZR, !opp_IZR, minus_IZR.
  set (P := Rmax (IZR h) 0). set (N := Rmax (- IZR l) 0). set (more := Rmax (IZR hi) 0). set (less := Rmax (- IZR lo) 0).
  assert (P1 : IZR h <= P /\ 0 <= P) by (split; [apply Rmax_l | apply Rmax_r]).
  assert (N1 : - IZR l <= N /\ 0 <= N) by (split; [apply Rmax_l | apply Rmax_r]).
  assert (M1 : IZR hi <= more /\ 0 <= more) by (split; [apply Rmax_l | apply Rmax_r]).
  assert (L1 : - IZR lo <= less /\ 0 <= less) by (split; [apply Rmax_l | apply Rmax_r]).
  set (D := relu y - relu y').
  assert (facts : D <= P /\ D <= more /\ D - (y - y') <= N /\ D - (y - y') <= less
                  /\ (0 <= y - y' -> D - (y - y') <= 0) /\ (y - y' <= 0 -> D <= 0)).
  { clearbody P N more less. unfold D, network_checker.act, Rmax. repeat destruct Rle_dec; repeat split; intros; lra. }
  replace (IZR d * D - IZR k * (y - y')) with (IZR k * (D - (y - y')) + (IZR d - IZR k) * D) by ring.
  destruct facts as (F1 & F2 & F3 & F4 & F5 & F6). apply Rmin_glb.
  - destruct (Rle_dec 0 (y - y')) as [le|no].
    + eapply Rle_trans; [|apply Rmax_l]. specialize (F5 le). nra.
    + eapply Rle_trans; [|apply Rmax_r]. assert (y - y' <= 0) by lra. specialize (F6 H). nra.
  - apply Rplus_le_compat; apply Rmult_le_compat_l; try lra; apply Rmin_glb; assumption.
Qed.

Theorem relu_between d k l h l' h' lo hi y y' : (0 <= k <= d)%Z ->
  IZR l <= y <= IZR h -> IZR l' <= y' <= IZR h' -> IZR lo <= y - y' <= IZR hi ->
  IZR (relu_below d k l' h' lo hi) <= IZR d * (relu y - relu y') - IZR k * (y - y') <= IZR (relu_above d k l h lo hi).
Proof.
  intros slope own others apart. split; [|apply (above_right d k l h lo hi); assumption].
  unfold relu_below. rewrite opp_IZR.
  assert (turned : IZR (- hi) <= y' - y <= IZR (- lo)) by (rewrite !opp_IZR; lra).
  pose proof (above_right d k l' h' (- hi) (- lo) y' y slope others turned). lra.
Qed.
