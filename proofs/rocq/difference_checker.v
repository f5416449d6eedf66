(* A verified checker for differences of networks: two networks, a box and an epsilon in, a boolean out.

   The box is halved along a tree, and further where that is not enough; every leaf is bounded by itself, by zonotopes
   (difference_layers.v).

   Notations
     check_leaf p q ls ls' matching b
                             whether bounds on one box are at most q, for neurons that belong together
     walk judge more s b     whether all boxes of the tree s are accepted, each halved up to more times
     check_difference        the checker

   Main statements
     leaf_checked            what is accepted on a box holds there
     difference_checked      if it accepts, outputs differ by at most epsilon on every real input in the box *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require Import chain_checker maps zonotope sparse_network_checker difference_sums difference_layers.
Import ListNotations.
Local Open Scope R_scope.

(* Boxes: both ends of an interval over one denominator. *)
Fixpoint input_forms (p : precision) (b : box) (n : nat) : list form * nat :=
  match b with
  | [] => ([], n)
  | (lo, hi, d) :: b' =>
      let (F, n1) := sloped (tiny p) d 0 (units p * lo) (units p * hi) n zero in
      let (Fs, n2) := input_forms p b' n1 in (F :: Fs, n2)
  end.

Definition check_leaf (p : precision) (q : bound) (ls ls' : list layer) (matching : list (list positive)) (b : box)
    : bool :=
  let (As, n) := input_forms p b O in check_layers p q ls ls' [] matching As (map (fun _ => zero) b) n.

Inductive splits := Whole | Halved (i : nat) (lower upper : splits).

Fixpoint halves (i : nat) (b : box) : option (box * box) :=
  match b, i with
  | [], _ => None
  | (lo, hi, d) :: b', O => Some ((lo + lo, lo + hi, d + d)%Z :: b', (lo + hi, hi + hi, d + d)%Z :: b')
  | c :: b', S i' => match halves i' b' with Some (l, u) => Some (c :: l, c :: u) | None => None end
  end.

(* The widest interval. *)
Fixpoint widest (b : box) (i best : nat) (width below : Z) : nat :=
  match b with
  | [] => best
  | (lo, hi, d) :: b' =>
      if Z.ltb (width * d) ((hi - lo) * below) then widest b' (S i) i (hi - lo) d else widest b' (S i) best width below
  end.

Fixpoint search (judge : box -> bool) (more : nat) (b : box) : bool :=
  if judge b then true
  else match more with
       | O => false
       | S m =>
           match halves (widest b O O 0 Z.one) b with
           | Some (l, u) => if search judge m l then search judge m u else false
           | None => false
           end
       end.

Fixpoint walk (judge : box -> bool) (more : nat) (s : splits) (b : box) : bool :=
  match s with
  | Whole => search judge more b
  | Halved i l u =>
      match halves i b with
      | Some (lower, upper) => if walk judge more l lower then walk judge more u upper else false
      | None => false
      end
  end.

Definition check_difference (p : precision) (q : bound) (ls ls' : list layer) (matching : list (list positive))
    (more : nat) (s : splits) (b : box) : bool :=
  Z.ltb 0 (units p) && Z.ltb 0 (scale p) && Z.leb 0 (above q) && Z.ltb 0 (under q) && forallb (fun c => Z.ltb 0 (snd c)) b
  && walk (check_leaf p q ls ls' matching) more s b.

(* What the lists say: inside (sparse_network_checker.v), without division, which halving keeps. *)
Definition at_box (b : box) (x : positive -> R) : Prop :=
  forall i lo hi d, nth_error b i = Some (lo, hi, d) ->
    (0 < d)%Z /\ IZR lo <= IZR d * x (Pos.of_succ_nat i) <= IZR hi.

Lemma inside_at b x : forallb (fun c => Z.ltb 0 (snd c)) b = true -> inside b x -> at_box b x.
Proof.
  intros pos ins i lo hi d E. rewrite forallb_forall in pos. pose proof (pos _ (nth_error_In _ _ E)) as D.
  simpl in D. apply Z.ltb_lt in D. split; [exact D|]. apply IZR_lt in D.
  rewrite <- (place_there i) in E. apply ins in E. destruct E as [low high].
  assert (L : IZR lo / IZR d * IZR d = IZR lo) by (field; lra).
  assert (H : IZR hi / IZR d * IZR d = IZR hi) by (field; lra). split; nra.
Qed.

Lemma inputs_enclosed p b n Fs n' e y : (0 < units p)%Z -> small e -> length e = n ->
  (forall i lo hi d, nth_error b i = Some (lo, hi, d) -> (0 < d)%Z /\ IZR lo <= IZR d * y i <= IZR hi) ->
  input_forms p b n = (Fs, n') ->
  length Fs = length b /\ exists s, small s /\ length (e ++ s) = n'
    /\ forall i F, nth_error Fs i = Some F -> encloses (e ++ s) F (IZR (units p) * y i).
Proof.
  intros pos. revert n Fs e y. induction b as [|[[lo hi] d] b IH]; intros n Fs e y s len ins ok; simpl in ok.
  - injection ok as <- <-. split; [reflexivity|]. exists []. rewrite app_nil_r. split; [constructor|].
    split; [exact len|]. intros [|i] F E; discriminate.
  - destruct (sloped _ _ _ _ _ _ _) as [F n1] eqn:E. destruct (input_forms p b n1) as [Fs' n2] eqn:E'.
    injection ok as <- <-. destruct (ins O lo hi d eq_refl) as [D between]. pose proof (IZR_lt _ _ pos) as pos'.
    destruct (sloped_encloses (tiny p) d 0 (units p * lo) (units p * hi) n zero e 0 (IZR (units p) * y O) D s len
                (encloses_exact e 0)) as (s1 & S1 & L1 & H1).
    { rewrite !mult_IZR. split; nra. }
    rewrite E in L1, H1. simpl in L1, H1.
    destruct (IH n1 Fs' (e ++ s1) (fun i => y (S i))) as (len' & s2 & S2 & L2 & H2).
    + apply Forall_app. split; assumption.
    + exact L1.
    + intros i l h c E1. exact (ins (S i) l h c E1).
    + exact E'.
    + split; [simpl; rewrite len'; reflexivity|]. exists (s1 ++ s2). rewrite app_assoc.
      split; [apply Forall_app; split; assumption|]. split; [exact L2|].
      intros [|i] G E1; simpl in E1; [injection E1 as <-; apply encloses_more; assumption | exact (H2 i G E1)].
Qed.

Theorem leaf_checked p q ls ls' matching b x :
  (0 < units p)%Z -> (0 < scale p)%Z -> (0 <= above q)%Z -> (0 < under q)%Z -> at_box b x ->
  check_leaf p q ls ls' matching b = true -> forall j, Rabs (eval ls x j - eval ls' x j) <= IZR (above q) / IZR (under q).
Proof.
  unfold check_leaf. intros pos pos' posE posq ins ok. destruct (input_forms p b O) as [As n] eqn:E.
  destruct (inputs_enclosed p b O As n [] (fun i => x (Pos.of_succ_nat i)) pos (Forall_nil _) eq_refl ins E)
    as (len & e & s & L & H).
  apply (layers_within p q ls ls' [] matching As (map (fun _ => zero) b) n e x x); try assumption.
  split; [exact s|]. split; [exact L|]. split; [exact H|]. split; [|intros; reflexivity].
  intros i F Z. rewrite nth_error_map in Z. destruct (nth_error b i); [|discriminate]. injection Z as <-.
  change (partner (numbered []) (Pos.of_succ_nat i)) with
    (match find (Pos.of_succ_nat i) (@Leaf positive) with Some u => u | None => Pos.of_succ_nat i end).
  rewrite find_leaf, Rminus_diag_eq by reflexivity. exact (encloses_exact e 0).
Qed.

(* Both halves together are the box. *)
Lemma halves_all i b l u x : halves i b = Some (l, u) -> at_box b x -> at_box l x \/ at_box u x.
Proof.
  unfold at_box. intros ok ins.
  enough (G : forall i b l u (y : nat -> R), halves i b = Some (l, u) ->
    (forall i lo hi d, nth_error b i = Some (lo, hi, d) -> (0 < d)%Z /\ IZR lo <= IZR d * y i <= IZR hi) ->
    (forall i lo hi d, nth_error l i = Some (lo, hi, d) -> (0 < d)%Z /\ IZR lo <= IZR d * y i <= IZR hi) \/
    (forall i lo hi d, nth_error u i = Some (lo, hi, d) -> (0 < d)%Z /\ IZR lo <= IZR d * y i <= IZR hi)).
  { exact (G i b l u (fun i => x (Pos.of_succ_nat i)) ok ins). }
  clear. intros i b. revert i. induction b as [|[[lo hi] d] b IH]; intros [|i] l u y ok ins; simpl in ok; try discriminate.
  - injection ok as <- <-. destruct (ins O lo hi d eq_refl) as [D between].
    destruct (Rle_dec (2 * (IZR d * y O)) (IZR lo + IZR hi)) as [low|high]; [left|right];
      intros [|i] lo' hi' d' E; simpl in E; try exact (ins (S i) lo' hi' d' E);
      injection E as <- <- <-; rewrite !plus_IZR; split; try lia; lra.
  - destruct (halves i b) as [[l' u']|] eqn:E; [|discriminate]. injection ok as <- <-.
    destruct (IH i l' u' (fun i => y (S i)) E (fun i => ins (S i))) as [L|U]; [left|right];
      intros [|k] lo' hi' d' E'; simpl in E'; try exact (ins O lo' hi' d' E');
      [exact (L k lo' hi' d' E') | exact (U k lo' hi' d' E')].
Qed.

Lemma search_all judge (claim : (positive -> R) -> Prop) : (forall b x, judge b = true -> at_box b x -> claim x) ->
  forall more b x, search judge more b = true -> at_box b x -> claim x.
Proof.
  intros right more. induction more as [|m IH]; intros b x ok ins; simpl in ok; destruct (judge b) eqn:J;
    try discriminate; try exact (right b x J ins).
  destruct (halves _ b) as [[l u]|] eqn:H; [|discriminate]. destruct (search judge m l) eqn:L; [|discriminate].
  destruct (halves_all _ _ _ _ x H ins) as [low|high]; [exact (IH l x L low) | exact (IH u x ok high)].
Qed.

Lemma walk_all judge (claim : (positive -> R) -> Prop) : (forall b x, judge b = true -> at_box b x -> claim x) ->
  forall more s b x, walk judge more s b = true -> at_box b x -> claim x.
Proof.
  intros right more s. induction s as [|i l IHl u IHu]; intros b x ok ins; simpl in ok.
  - exact (search_all judge claim right more b x ok ins).
  - destruct (halves i b) as [[lower upper]|] eqn:H; [|discriminate].
    destruct (walk judge more l lower) eqn:L; [|discriminate].
    destruct (halves_all _ _ _ _ x H ins) as [low|high]; [exact (IHl _ x L low) | exact (IHu _ x ok high)].
Qed.

Theorem difference_checked p q ls ls' matching more s b : check_difference p q ls ls' matching more s b = true ->
  forall x, inside b x -> forall j, Rabs (eval ls x j - eval ls' x j) <= IZR (above q) / IZR (under q).
Proof.
  unfold check_difference. intros ok x ins. repeat (apply andb_prop in ok; destruct ok as [ok ?]).
  apply Z.ltb_lt in ok. apply Z.leb_le in H2. apply Z.ltb_lt in H1, H3.
  apply (walk_all (check_leaf p q ls ls' matching)
           (fun x => forall j, Rabs (eval ls x j - eval ls' x j) <= IZR (above q) / IZR (under q))
           (fun b x yes at_b => leaf_checked p q ls ls' matching b x ok H3 H2 H1 at_b yes) more s b x H (inside_at b x H0 ins)).
Qed.
