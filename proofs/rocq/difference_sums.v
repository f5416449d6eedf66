(* What arrives at a neuron of one network, and how much less at one of another, as zonotopes in integers.

   Layers are those of sparse_network_checker.v. Neuron t of the second network belongs to neuron partner ms t of the first;
   any will do. Values are those of the networks times a number u of units.

   Notations
     gather k m r G          k times the sum of a row of forms in m, and G
     partner ms t            what neuron t belongs to: what ms says, or else t
     arriving                the form of what arrives at a neuron
     arriving_apart          the form of what arrives at a neuron minus what arrives at one of the second network (T22)
     reads e Fs v            Fs enclose the values v
     given l x n             what arrives at neuron n of layer l, for values x of the layer before

   Main statements
     arriving_encloses        arriving encloses what arrives
     arriving_apart_encloses  arriving_apart encloses the difference *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require network_checker.
From LumpForm Require Import chain_checker maps zonotope sparse_network_checker.
Import ListNotations.
Local Open Scope R_scope.

Definition zero : form := Form 0 [] 0.

(* The sum k r of values in m, and G. *)
Fixpoint gather (k : Z) (m : tree form) (r : entries) (G : form) : option form :=
  match r with
  | [] => Some G
  | (t, w) :: r' =>
      if Z.eqb w 0 then gather k m r' G
      else match find t m with Some F => gather k m r' (plus (k * w) F G) | None => None end
  end.

Definition partner (ms : tree positive) (t : positive) : positive :=
  match find t ms with Some u => u | None => t end.

Definition renamed (ms : tree positive) (r : entries) : entries := map (fun tw => (partner ms (fst tw), snd tw)) r.

(* What arrives at a neuron. *)
Definition arriving (u D : Z) (A : tree form) (n : neuron) : option form :=
  match gather Z.one A (fst n) (Form (u * snd n) [] 0) with Some G => Some (shrink D G) | None => None end.

(* How much less arrives at neuron n' of the second network: (W - V) a + V (a - a'). *)
Definition arriving_apart (u D D' : Z) (A B : tree form) (ms : tree positive) (n n' : neuron) : option form :=
  match onto Some (- D) (renamed ms (fst n')) [] with
  | None => None
  | Some stack =>
      match onto Some D' (fst n) stack with
      | None => None
      | Some both =>
          match gather Z.one A (merged both) (Form (u * (D' * snd n - D * snd n')) [] 0) with
          | None => None
          | Some G => match gather D B (fst n') G with Some H => Some (shrink (D * D') H) | None => None end
          end
      end
  end.

(* What the lists say. *)
Definition reads (e : list R) (Fs : list form) (v : positive -> R) : Prop :=
  forall i F, nth_error Fs i = Some F -> encloses e F (v (Pos.of_succ_nat i)).

Lemma place_back t : Pos.of_succ_nat (pred (Pos.to_nat t)) = t.
Proof. apply Pos2Nat.inj. rewrite SuccNat2Pos.id_succ. lia. Qed.

Lemma place_there i : pred (Pos.to_nat (Pos.of_succ_nat i)) = i.
Proof. rewrite SuccNat2Pos.id_succ. reflexivity. Qed.

Lemma reads_find e Fs v t F : reads e Fs v -> find t (numbered Fs) = Some F -> encloses e F (v t).
Proof. intros H. rewrite numbered_find. intros E. apply H in E. rewrite place_back in E. exact E. Qed.

Lemma reads_more e t Fs v : reads e Fs v -> small t -> reads (e ++ t) Fs v.
Proof. intros H s i F E. apply encloses_more; [apply H; exact E | exact s]. Qed.

(* Sums. *)
Lemma dot_minus r v w : dot r (fun t => v t - w t) = dot r v - dot r w.
Proof. induction r as [|[t k] r IH]; simpl; [ring|]. rewrite IH. ring. Qed.

Lemma dot_times r k v : dot r (fun t => k * v t) = k * dot r v.
Proof. induction r as [|[t w] r IH]; simpl; [ring|]. rewrite IH. ring. Qed.

Lemma renamed_dot ms r v : dot (renamed ms r) v = dot r (fun t => v (partner ms t)).
Proof. induction r as [|[t w] r IH]; simpl; [reflexivity|]. rewrite IH. reflexivity. Qed.

Lemma gather_encloses e m v k r : (forall t F, find t m = Some F -> encloses e F (v t)) -> forall G H y,
  gather k m r G = Some H -> encloses e G y -> encloses e H (IZR k * dot r v + y).
Proof.
  intros found. induction r as [|[t w] r IH]; simpl; intros G H y ok g.
  - injection ok as <-. rewrite Rmult_0_r, Rplus_0_l. exact g.
  - destruct (Z.eqb_spec w 0) as [->|].
    + replace (IZR k * (0 * v t + dot r v) + y) with (IZR k * dot r v + y) by ring. exact (IH _ _ _ ok g).
    + destruct (find t m) as [F|] eqn:E; [|discriminate].
      replace (IZR k * (IZR w * v t + dot r v) + y) with (IZR k * dot r v + (IZR (k * w) * v t + y))
        by (rewrite mult_IZR; ring).
      apply (IH _ _ _ ok). apply plus_encloses; [apply found; exact E | exact g].
Qed.

Definition given (l : layer) (x : positive -> R) (n : neuron) : R := (dot (fst n) x + IZR (snd n)) / IZR (den l).

Theorem arriving_encloses e u l As x n F : (0 < den l)%Z -> small e -> reads e As (fun t => IZR u * x t) ->
  arriving u (den l) (numbered As) n = Some F -> encloses e F (IZR u * given l x n).
Proof.
  unfold arriving, given. intros pos s A ok.
  destruct (gather _ _ _ _) as [G|] eqn:E; [|discriminate]. injection ok as <-.
  pose proof (gather_encloses e _ _ _ _ (fun t F => reads_find e As _ t F A) _ _ _ E (encloses_exact _ _)) as g.
  apply (shrink_encloses (den l)) in g; [|exact pos | exact s].
  rewrite dot_times, mult_IZR in g. apply IZR_lt in pos.
  replace (IZR u * ((dot (fst n) x + IZR (snd n)) / IZR (den l))) with
    ((1 * (IZR u * dot (fst n) x) + IZR u * IZR (snd n)) / IZR (den l)) by (field; lra). exact g.
Qed.

Theorem arriving_apart_encloses e u l l' As Bs ms x x' n n' F : (0 < den l)%Z -> (0 < den l')%Z -> small e ->
  reads e As (fun t => IZR u * x t) -> reads e Bs (fun t => IZR u * x (partner ms t) - IZR u * x' t) ->
  arriving_apart u (den l) (den l') (numbered As) (numbered Bs) ms n n' = Some F ->
  encloses e F (IZR u * given l x n - IZR u * given l' x' n').
Proof.
  unfold arriving_apart, given. intros pos pos' s A B ok.
  destruct (onto Some (- den l) _ []) as [stack|] eqn:O; [|discriminate].
  destruct (onto Some (den l') _ stack) as [both|] eqn:O'; [|discriminate].
  destruct (gather Z.one _ _ _) as [G|] eqn:E; [|discriminate].
  destruct (gather (den l) _ _ _) as [H|] eqn:E'; [|discriminate]. injection ok as <-.
  pose proof (gather_encloses e _ _ _ _ (fun t F => reads_find e As _ t F A) _ _ _ E (encloses_exact _ _)) as g.
  apply (gather_encloses e _ _ _ _ (fun t F => reads_find e Bs _ t F B) _ _ _ E') in g. clear E E'.
  apply (shrink_encloses (den l * den l')) in g; [|lia | exact s].
  apply (onto_dot _ _ _ _ (fun t => IZR u * x t)) in O, O'. rewrite merged_dot, O', O, renamed_dot in g. simpl in g.
  rewrite dot_minus, !dot_times, !mult_IZR, minus_IZR, !mult_IZR, opp_IZR in g. apply IZR_lt in pos, pos'.
  match goal with |- encloses e _ ?y => match type of g with encloses e _ ?z => replace y with z; [exact g|] end end.
  change (IZR Z.one) with 1. field. split; lra.
Qed.
