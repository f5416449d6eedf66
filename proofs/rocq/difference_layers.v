(* The layers of two networks side by side as zonotopes in integers, and bounds of what their outputs differ by.

   Both networks have fully connected layers, ReLU or none, as in sparse_network_checker.v. The values of the first and the
   differences of neurons that belong together go through all layers (T22), all of them times a number of units.

   Notations
     task                    the form of y - y', and the ranges of y and y'
     layer_forms             the forms behind a layer, of values and of differences
     within p q F            whether F says that the difference is at most q
     state u e n As Bs ...   As enclose the values of the first network, and Bs the differences

   Main statement
     layers_within           if the forms of the inputs are right, accepted outputs differ by at most epsilon *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require network_checker.
From LumpForm Require Import maps zonotope sparse_network_checker difference_sums.
Import ListNotations.
Local Open Scope R_scope.

(* Values are multiples of 1 / units, slopes of 1 / scale; lines narrower than tiny units get no symbol. *)
Record precision := Precision { units : Z; scale : Z; tiny : Z }.

Record bound := Bound { above : Z; under : Z }.

(* The form of y - y', and the ranges of y and y'. *)
Record task := Task { apart : form; low : Z; high : Z; low' : Z; high' : Z }.

Definition lone (F : form) : task := Task F (lowest F) (highest F) 0 0.

Definition joined (F G : form) : task :=
  let H := plus (- Z.one) F G in Task F (lowest G) (highest G) (lowest H) (highest H).

(* Any slope from 0 to 1 will do: the narrowest of 0, 1 and that of the least area. *)
Definition slope (d : Z) (t : task) : Z :=
  let lo := lowest (apart t) in
  let hi := highest (apart t) in
  let width k := (relu_above d k (low t) (high t) lo hi - relu_below d k (low' t) (high' t) lo hi)%Z in
  let best a b := if Z.leb (width a) (width b) then a else b in
  let middle := if Z.ltb lo 0 && Z.ltb 0 hi then (d * hi / (hi - lo))%Z else 0%Z in
  best (best 0%Z d) (Z.max 0 (Z.min d middle)).

Definition settle (p : precision) (r : bool) (n : nat) (t : task) : form * nat :=
  if r then
    let lo := lowest (apart t) in
    let hi := highest (apart t) in
    let k := slope (scale p) t in
    sloped (tiny p) (scale p) k (relu_below (scale p) k (low' t) (high' t) lo hi)
      (relu_above (scale p) k (low t) (high t) lo hi) n (apart t)
  else (apart t, n).

Fixpoint settled (p : precision) (r : bool) (ts : list task) (n : nat) : list form * nat :=
  match ts with
  | [] => ([], n)
  | t :: ts' =>
      let (F, n1) := settle p r n t in
      let (Fs, n2) := settled p r ts' n1 in (F :: Fs, n2)
  end.

Fixpoint all {A B : Type} (f : A -> option B) (l : list A) : option (list B) :=
  match l with
  | [] => Some []
  | a :: l' =>
      match f a with
      | None => None
      | Some b => match all f l' with Some bs => Some (b :: bs) | None => None end
      end
  end.

Fixpoint enumerate {A : Type} (t : positive) (l : list A) : list (positive * A) :=
  match l with [] => [] | a :: l' => (t, a) :: enumerate (next t) l' end.

Definition task_of (u D D' : Z) (A B : tree form) (ms after : tree positive) (ns : tree neuron) (zs : tree form)
    (tn : positive * neuron) : option task :=
  match find (partner after (fst tn)) ns with
  | None => None
  | Some n =>
      match find (partner after (fst tn)) zs with
      | None => None
      | Some z =>
          match arriving_apart u D D' A B ms n (snd tn) with Some F => Some (joined F z) | None => None end
      end
  end.

Definition layer_forms (p : precision) (l l' : layer) (ms after : tree positive) (As Bs : list form) (n : nat)
    : option (list form * list form * nat) :=
  if match relu l, relu l' with true, true | false, false => true | _, _ => false end
     && Z.ltb 0 (den l) && Z.ltb 0 (den l')
  then
    let A := numbered As in
    let B := numbered Bs in
    match all (arriving (units p) (den l) A) (neurons l) with
    | None => None
    | Some zs =>
        match all (task_of (units p) (den l) (den l') A B ms after (numbered (neurons l)) (numbered zs))
                (enumerate 1 (neurons l')) with
        | None => None
        | Some ts =>
            let (As', n1) := settled p (relu l) (map lone zs) n in
            let (Bs', n2) := settled p (relu l) ts n1 in Some (As', Bs', n2)
        end
    end
  else None.

Definition within (p : precision) (q : bound) (F : form) : bool :=
  Z.leb (highest F * under q) (above q * units p) && Z.leb (- (above q * units p)) (lowest F * under q).

Fixpoint check_layers (p : precision) (q : bound) (ls ls' : list layer) (ms : list positive)
    (rest : list (list positive)) (As Bs : list form) (n : nat) : bool :=
  match ls, ls', rest with
  | [], [], [] =>
      match ms with [] => same_length As Bs && forallb (within p q) Bs | _ :: _ => false end
  | l :: more, l' :: more', after :: rest' =>
      match layer_forms p l l' (numbered ms) (numbered after) As Bs n with
      | None => false
      | Some (As', Bs', n') => check_layers p q more more' after rest' As' Bs' n'
      end
  | _, _, _ => false
  end.

(* Lists. *)
Lemma all_spec A B (f : A -> option B) l l' : all f l = Some l' ->
  length l' = length l /\ forall i b, nth_error l' i = Some b -> exists a, nth_error l i = Some a /\ f a = Some b.
Proof.
  revert l'. induction l as [|a l IH]; simpl; intros l' ok.
  - injection ok as <-. split; [reflexivity|]. intros [|i] b E; discriminate.
  - destruct (f a) as [b|] eqn:E; [|discriminate]. destruct (all f l) as [bs|]; [|discriminate]. injection ok as <-.
    destruct (IH bs eq_refl) as [len nth]. split; [simpl; rewrite len; reflexivity|].
    intros [|i] b' E'; simpl in E' |- *; [injection E' as <-; exists a; split; [reflexivity | exact E] | exact (nth i b' E')].
Qed.

Lemma enumerate_spec A (l : list A) t i u a : nth_error (enumerate t l) i = Some (u, a) ->
  nth_error l i = Some a /\ Pos.to_nat u = (Pos.to_nat t + i)%nat.
Proof.
  revert t i. induction l as [|b l IH]; intros t [|i] E; simpl in E |- *; try discriminate.
  - injection E as -> ->. split; [reflexivity | lia].
  - apply IH in E. destruct E as [E P]. split; [exact E|]. rewrite P, next_succ. lia.
Qed.

Lemma enumerate_length A (l : list A) t : length (enumerate t l) = length l.
Proof. revert t. induction l as [|a l IH]; intros t; simpl; [reflexivity|]. rewrite IH. reflexivity. Qed.

(* One layer. *)
Definition fits (e : list R) (t : task) (y y' : R) : Prop :=
  encloses e (apart t) (y - y') /\ IZR (low t) <= y <= IZR (high t) /\ IZR (low' t) <= y' <= IZR (high' t).

Lemma slope_right d t : (0 < d)%Z -> (0 <= slope d t <= d)%Z.
Proof. intros pos. unfold slope. repeat match goal with |- context [if ?b then _ else _] => destruct b end; lia. Qed.

Lemma settle_encloses p r n t e y y' : (0 < scale p)%Z -> small e -> length e = n -> fits e t y y' ->
  exists s, small s /\ length (e ++ s) = snd (settle p r n t)
    /\ encloses (e ++ s) (fst (settle p r n t)) (act r y - act r y').
Proof.
  intros pos s len (apart_ & own & others). unfold settle. destruct r; simpl.
  - apply (sloped_encloses _ _ _ _ _ _ _ e (y - y')); try assumption.
    apply (relu_between _ _ (low t) (high t)); try assumption; [apply slope_right; exact pos | apply (range_of e); assumption].
  - exists []. rewrite app_nil_r. split; [constructor|]. split; assumption.
Qed.

Lemma settled_encloses p r ts n Fs n' e y y' : (0 < scale p)%Z -> small e -> length e = n ->
  (forall i t, nth_error ts i = Some t -> fits e t (y i) (y' i)) -> settled p r ts n = (Fs, n') ->
  length Fs = length ts /\ exists s, small s /\ length (e ++ s) = n'
    /\ forall i F, nth_error Fs i = Some F -> encloses (e ++ s) F (act r (y i) - act r (y' i)).
Proof.
  intros pos. revert n Fs e y y'. induction ts as [|t ts IH]; intros n Fs e y y' s len fit ok; simpl in ok.
  - injection ok as <- <-. split; [reflexivity|]. exists []. rewrite app_nil_r. split; [constructor|].
    split; [exact len|]. intros [|i] F E; discriminate.
  - destruct (settle p r n t) as [F n1] eqn:E. destruct (settled p r ts n1) as [Fs' n2] eqn:E'. injection ok as <- <-.
    destruct (settle_encloses p r n t e _ _ pos s len (fit O t eq_refl)) as (s1 & S1 & L1 & H1).
    rewrite E in L1, H1. simpl in L1, H1.
    destruct (IH n1 Fs' (e ++ s1) (fun i => y (S i)) (fun i => y' (S i))) as (len' & s2 & S2 & L2 & H2).
    + apply Forall_app. split; assumption.
    + exact L1.
    + intros i u E1. destruct (fit (S i) u E1) as (a & b). split; [apply encloses_more; assumption | exact b].
    + exact E'.
    + split; [simpl; rewrite len'; reflexivity|]. exists (s1 ++ s2). rewrite app_assoc.
      split; [apply Forall_app; split; assumption|]. split; [exact L2|].
      intros [|i] G E1; simpl in E1; [injection E1 as <-; apply encloses_more; assumption | exact (H2 i G E1)].
Qed.

Definition given_at (l : layer) (x : positive -> R) (t : positive) : R :=
  match nth_error (neurons l) (pred (Pos.to_nat t)) with Some n => given l x n | None => 0 end.

Lemma act_zero r : act r 0 = 0.
Proof. destruct r; simpl; [apply Rmax_right; lra | reflexivity]. Qed.

Lemma eval_given l x t : eval_layer l x t = act (relu l) (given_at l x t).
Proof. unfold eval_layer, given_at, given. destruct (nth_error _ _); [reflexivity | rewrite act_zero; reflexivity]. Qed.

(* What holds of the forms of a layer. *)
Definition state (u : Z) (e : list R) (n : nat) (As Bs : list form) (ms : tree positive) (x x' : positive -> R) : Prop :=
  small e /\ length e = n /\ reads e As (fun t => IZR u * x t)
  /\ reads e Bs (fun t => IZR u * x (partner ms t) - IZR u * x' t)
  /\ forall t, nth_error As (pred (Pos.to_nat t)) = None -> nth_error Bs (pred (Pos.to_nat t)) = None -> x t = x' t.

Lemma layer_encloses p l l' ms after As Bs n As' Bs' n' e x x' : (0 < units p)%Z -> (0 < scale p)%Z ->
  state (units p) e n As Bs ms x x' -> layer_forms p l l' ms after As Bs n = Some (As', Bs', n') ->
  exists e', state (units p) e' n' As' Bs' after (eval_layer l x) (eval_layer l' x').
Proof.
  intros pos pos' (s & len & A & B & beyond) ok. unfold layer_forms in ok.
  destruct (match relu l with true => _ | false => _ end) eqn:same; [|simpl in ok; discriminate]. simpl in ok.
  assert (r : relu l' = relu l) by (destruct (relu l), (relu l'); try discriminate; reflexivity). clear same.
  destruct (Z.ltb_spec 0 (den l)) as [D|]; [|discriminate]. destruct (Z.ltb_spec 0 (den l')) as [D'|]; [|discriminate].
  simpl in ok. destruct (all (arriving _ _ _) _) as [zs|] eqn:Z; [|discriminate].
  destruct (all (task_of _ _ _ _ _ _ _ _ _) _) as [ts|] eqn:T; [|discriminate].
  destruct (settled p (relu l) (map lone zs) n) as [As1 n1] eqn:S1.
  destruct (settled p (relu l) ts n1) as [Bs1 n2] eqn:S2. injection ok as <- <- <-.
  apply all_spec in Z, T. destruct Z as [lenZ Z], T as [lenT T]. rewrite enumerate_length in lenT.
  assert (zs_right : forall i z, nth_error zs i = Some z ->
            encloses e z (IZR (units p) * given_at l x (Pos.of_succ_nat i))).
  { intros i z E. apply Z in E. destruct E as (m & E & F). unfold given_at. rewrite place_there, E.
    apply (arriving_encloses _ _ _ As); assumption. }
  destruct (settled_encloses p (relu l) (map lone zs) n As1 n1 e
              (fun i => IZR (units p) * given_at l x (Pos.of_succ_nat i)) (fun _ => 0) pos' s len) as (lenA & s1 & small1 & len1 & H1).
  { intros i t E. rewrite nth_error_map in E. destruct (nth_error zs i) as [z|] eqn:F; [|discriminate].
    injection E as <-. apply zs_right in F. split; [rewrite Rminus_0_r; exact F|].
    split; [apply (range_of e); assumption | simpl; lra]. }
  { exact S1. }
  assert (both : small (e ++ s1)) by (apply Forall_app; split; assumption).
  destruct (settled_encloses p (relu l) ts n1 Bs1 n2 (e ++ s1)
              (fun i => IZR (units p) * given_at l x (partner after (Pos.of_succ_nat i)))
              (fun i => IZR (units p) * given_at l' x' (Pos.of_succ_nat i)) pos' both len1) as (lenB & s2 & small2 & len2 & H2).
  { intros i t E. apply T in E. destruct E as ([v m'] & E & F). apply enumerate_spec in E. destruct E as [E V].
    assert (v = Pos.of_succ_nat i) by (apply Pos2Nat.inj; rewrite V, SuccNat2Pos.id_succ; reflexivity). subst v.
    unfold task_of in F. simpl fst in F. simpl snd in F.
    destruct (find _ (numbered (neurons l))) as [m|] eqn:M; [|discriminate].
    destruct (find _ (numbered zs)) as [z|] eqn:Q; [|discriminate].
    destruct (arriving_apart _ _ _ _ _ _ _ _) as [G|] eqn:W; [|discriminate]. injection F as <-.
    rewrite numbered_find in M, Q. apply zs_right in Q. rewrite place_back in Q.
    assert (G_right : encloses e G (IZR (units p) * given_at l x (partner after (Pos.of_succ_nat i))
                                    - IZR (units p) * given_at l' x' (Pos.of_succ_nat i))).
    { unfold given_at. rewrite M, place_there, E. apply (arriving_apart_encloses _ _ _ _ As Bs ms); assumption. }
    assert (small_e : small e) by exact s.
    pose proof (plus_encloses e (- Z.one) G z _ _ G_right Q) as P.
    split; [apply encloses_more; assumption|]. split; [apply (range_of e); assumption|].
    simpl. apply (range_of e); [exact s|].
    match type of P with encloses _ _ ?a => match goal with |- encloses _ _ ?b => replace b with a; [exact P|] end end.
    simpl. ring. }
  { exact S2. }
  assert (U : 0 < IZR (units p)) by (apply IZR_lt; exact pos).
  exists (e ++ s1 ++ s2). rewrite app_assoc. split; [apply Forall_app; split; assumption|]. split; [exact len2|].
  split; [|split].
  - intros i F E. apply H1 in E. apply encloses_more; [|exact small2].
    rewrite network_checker.act_scale, act_zero, Rminus_0_r in E by (intros; exact U). rewrite eval_given. exact E.
  - intros i F E. apply H2 in E. rewrite !network_checker.act_scale in E by (intros; exact U).
    rewrite !eval_given, r. exact E.
  - intros t E E'. apply nth_error_None in E, E'. rewrite map_length in lenA. unfold eval_layer.
    rewrite (proj2 (nth_error_None (neurons l) _)) by lia. rewrite (proj2 (nth_error_None (neurons l') _)) by lia.
    reflexivity.
Qed.

Theorem layers_within p q ls ls' ms rest As Bs n e x x' : (0 < units p)%Z -> (0 < scale p)%Z -> (0 <= above q)%Z -> (0 < under q)%Z ->
  state (units p) e n As Bs (numbered ms) x x' -> check_layers p q ls ls' ms rest As Bs n = true ->
  forall j, Rabs (eval ls x j - eval ls' x' j) <= IZR (above q) / IZR (under q).
Proof.
  intros pos pos' posE posq. revert ls' ms rest As Bs n e x x'.
  induction ls as [|l ls IH]; intros [|l' ls'] ms [|after rest] As Bs n e x x' st ok j; simpl in ok; try discriminate.
  - destruct ms as [|m ms]; [|discriminate]. apply andb_prop in ok. destruct ok as [same ok].
    apply same_length_spec in same. destruct st as (s & len & A & B & beyond). simpl.
    rewrite forallb_forall in ok. apply IZR_lt in pos, posq.
    destruct (nth_error Bs (pred (Pos.to_nat j))) as [F|] eqn:E.
    + pose proof (B _ _ E) as near. apply range_of in near; [|exact s]. rewrite place_back in near.
      change (partner (numbered []) j) with (match find j (@Leaf positive) with Some u => u | None => j end) in near.
      rewrite find_leaf in near.
      apply nth_error_In in E. apply ok in E. unfold within in E. apply andb_prop in E. destruct E as [top bottom].
      apply Z.leb_le, IZR_le in top, bottom. rewrite !opp_IZR, !mult_IZR in *.
      assert (cancel : IZR (above q) / IZR (under q) * IZR (under q) = IZR (above q)) by (field; lra).
      set (E := IZR (above q) / IZR (under q)) in *. apply Rabs_le.
      assert (pos2 : 0 < IZR (units p) * IZR (under q)) by nra.
      split; apply (Rmult_le_reg_l (IZR (units p) * IZR (under q))); try exact pos2; nra.
    + rewrite (beyond j) by (try exact E; apply nth_error_None; apply nth_error_None in E; lia).
      rewrite Rminus_diag_eq, Rabs_R0 by reflexivity.
      apply IZR_le in posE. apply Rmult_le_pos; [exact posE | apply Rlt_le, Rinv_0_lt_compat; exact posq].
  - destruct (layer_forms _ _ _ _ _ _ _ _) as [[[As' Bs'] n']|] eqn:L; [|discriminate].
    destruct (layer_encloses _ _ _ _ _ _ _ _ _ _ _ _ _ _ pos pos' st L) as [e' st'].
    exact (IH _ _ _ _ _ _ _ _ _ st' ok j).
Qed.
