// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/budget/budget.h"
#include "core/analyze/budget/prediction_error.h"
#include "core/analyze/fisher/fisher.h"
#include "core/analyze/fisher/rounding_metrics.h"
#include "core/analyze/hessian/slot_curvature.h"
#include "core/analyze/hessian/spectral_density.h"
#include "core/analyze/quality/judge.h"
#include "core/analyze/quality/judge_sentences.h"
#include "core/analyze/sensitivity/sensitivities.h"
#include "core/analyze/statistics/error_growth.h"
#include "core/analyze/statistics/recurrence.h"
#include "core/analyze/statistics/statistics.h"
#include "core/files/io/output_file.h"
#include "core/network/engine/engine.h"
#include "core/quantize/methods/method.h"
#include "core/quantize/recipe/recipe.h"
#include "core/quantize/variant/variant.h"
#include "core/workbench/settings/fit_settings.h"
#include "core/workbench/settings/quality.h"
#include "core/workbench/settings/run_memory.h"
#include "core/workbench/settings/texts.h"
#include "core/workbench/settings/trial.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

class FitPlan;
struct FitBudget;

/// Memory a session needs, bytes: original (mapped) + quantized + KV cache.
struct MemoryEstimate {
    int64_t original = 0;
    int64_t quantized = 0;
    int64_t keyValueCache = 0;
    int64_t total() const { return original + quantized + keyValueCache; }
};
MemoryEstimate estimateMemory(const Model& model, const Recipe& recipe);

/// What a choice does to one slot.
struct SlotError {
    double relative = 0; ///< ‖ΔW‖ / ‖W‖
    double meanSquare = 0;
    double damage = 0; ///< nats per token; valid when `hasDamage`
    bool hasDamage = false;
    bool sampled = false; ///< from a row sample of a very large slot (shown with ≈)
};

/// Distinct values a choice can take in a histogram overlay, with their counts over the slot.
struct LevelOverlay {
    Histogram original;
    Histogram quantized; ///< same bins
};

struct CurvatureRequest {
    CalibrationSettings text;
    CurvatureLoss loss = CurvatureLoss::KullbackLeibler;
    int64_t samples = 100; ///< of a trace, at most
};
/// A slot's curvature and what it predicts.
struct CurvatureDamage {
    SlotCurvature curvature;
    double damage = 0; ///< ½ · value · ‖ΔW‖² of the reference choice (Workbench::sensitivity)
};

/// What a recipe is predicted to cost (quantityOf).
struct Prediction {
    double closedForm = 0; ///< Σ of the damages as the Fisher factors tell them
    DamageSum damages;     ///< the same, each corrected by what was measured of slots alone
    PredictionRange range; ///< what will be measured, by what was of recipes, and how sure that is
    size_t learntFrom = 0; ///< recipes that were judged, or measured by a fit or in the background
    size_t slotsMeasured = 0; ///< alone
    bool glanced = false;     ///< from a small sample of some slots, in a range that says so
    bool isPrior = false;     ///< the recipe was measured since; the range is from before that
};

/// What was measured with some slots changed, beside what the Fisher factors tell.
struct TrialPoint {
    std::vector<SlotKey> changes; ///< slots that are not as stored
    double predicted = 0;         ///< by the sensitivity alone
    Estimate measured;
    /// With its range and all that had been learnt by then; nothing: it was not known then.
    std::optional<PriorPrediction> prior;
};
/// How many measurements lie in the range that was predicted of them, and of how many there was
/// one.
struct RangeCount {
    size_t hits = 0;
    size_t predicted = 0;
};
RangeCount countInRange(const std::vector<TrialPoint>& points);

/// In the unit of a row of sensitivities().
struct SlotDamage {
    int slot = -1;
    double damage = 0;
};

/// What is measured with one slot changed, as quantityOf.
struct SlotTruth {
    int slot = -1;
    Estimate measured;
};

/// What is measured with one value rounded, as quantityOf.
struct ValueTruth {
    int value = -1; ///< index into Graph::values
    Estimate measured;
};

struct GenerateSettings {
    std::string prompt;
    int64_t tokens = 100;
    double temperature = 0; ///< 0: greedy
    int topK = 0;           ///< 0: off
    double topP = 1;
    uint64_t seed = 1;
    std::string engine;
};
/// Which engine did the work, asked when it was done: one may be replaced while it runs.
struct EngineUse {
    std::string id;          ///< "torch", "vulkan"; empty: stopped before there was one
    std::string description; ///< "Vulkan: llvmpipe (LLVM 15.0.6)"
    int64_t weightBytes = 0; ///< of all engines that took part
    std::string notice;      ///< empty, or why it was not the wanted one, or what ended a text
};

/// What an encoder makes of a text, sentence by sentence.
struct Embeddings {
    std::vector<std::string> sentences;
    Matrix rows;          ///< [sentences done, width of the output]
    int64_t cut = 0;      ///< sentences longer than the context
    bool complete = true; ///< false: stopped early
};

/// Receives a piece of text (whole UTF-8 characters) and the id it came from.
using TokenSink = std::function<void(const std::string& piece, int32_t id)>;

struct ExportReport {
    std::string path;
    int64_t bytes = 0;
    int64_t tensorsVerified = 0;
    std::vector<std::string> leftOut; ///< sentences: what the format has no place for
    bool complete = true;             ///< false: stopped, the old file is still there
};

class Recalibration;
struct MeasuredParts;
struct PredictedPart;

/// The one door that app uses: an open model and everything one can ask of it. Functions may be
/// called from any worker thread; long ones take a Progress. Caches statistics, slot errors and the
/// Fisher factors; results do not depend on what is cached.
class Workbench {
public:
    /// `memory`: of the engine that keeps weights packed; null: there is none.
    Workbench(std::shared_ptr<const Model> model, EngineFactory engines,
              EngineMemorySource memory = {});
    /// Opens a path, or `sample` (BITLOOM_SAMPLE_DIR or beside the program).
    static std::shared_ptr<Workbench> open(const std::string& path, EngineFactory engines,
                                           EngineMemorySource memory = {});

    const Model& model() const { return *m_model; }
    std::shared_ptr<const Model> sharedModel() const { return m_model; }
    /// Reads the whole model once, so that what was measured of it before is known; at once where
    /// that was done and no file has changed. Whatever measures does so first; nothing else needs
    /// it. False: nothing is kept, or stopped.
    bool recognise(Progress& progress) const;

    /// Error naming the first weight that is not finite; they are looked at once. Everything below
    /// that computes with the network asks first.
    void requireFiniteWeights(std::string_view operation, Progress& progress) const;
    SlotStatistics statistics(int slot, Progress& progress);
    LevelOverlay overlay(int slot, const Encoding& encoding, Progress& progress,
                         const std::vector<TransformStep>& transforms = {});
    std::vector<ValueStatistics> activations(const CalibrationSettings& text, Progress& progress);
    /// Norms of the matrices that hidden states come back through, with a recipe also quantized;
    /// with a recipe and a text (may be empty) how far the states drift. No matrices: nothing
    /// recurrent.
    Recurrence recurrence(const std::optional<Recipe>& recipe, const CalibrationSettings& text,
                          Progress& progress);

    /// Measures and keeps the second moments of the inputs, by which damages see correlated errors
    /// and which methods like GPTQ need; with `through` as layers see them behind those that this
    /// recipe encodes (measureInputMoments). False: stopped before there was anything to keep.
    bool measureInputs(const CalibrationSettings& text, Progress& progress,
                       const Recipe* through = nullptr);
    /// The same, and the Fisher factors; `onWindow` sees the running result.
    Fisher measureSensitivity(const CalibrationSettings& text, Progress& progress,
                              const std::function<void(const Fisher&)>& onWindow = {});
    /// False while a choice looks at inputs that were not measured.
    bool canEncode(const SlotChoice& choice) const;
    /// False while something in the recipe looks at inputs that were not measured.
    bool canEncode(const Recipe& recipe) const { return !recipe.looksAtInputs() || inputs(); }
    /// As for a choice, and false where the slot's weights are too large for the scheme.
    bool canEncode(int slot, const SlotChoice& choice) const;
    /// Null before they were measured.
    std::shared_ptr<const InputMoments> inputs() const;
    /// The model after some transforms, with what is known of its inputs now. Error when there are
    /// transforms and it is not known.
    TransformedModel transformed(const std::vector<TransformStep>& steps = {}) const;
    /// The model under a recipe, by what is known of its inputs now.
    Variant variant(const Recipe& recipe) const;
    std::optional<Variant> variant(const std::optional<Recipe>& recipe) const;
    /// The recipe with the calibration that its methods look at: the one measured, or its own
    /// before there is one; without where no method looks.
    Recipe calibrated(Recipe recipe) const;
    std::optional<Fisher> fisher() const;
    void setFisher(Fisher fisher);

    /// `exact` false: a row sample for very large slots.
    SlotError slotError(int slot, const Encoding& encoding, bool exact, Progress& progress,
                        const std::vector<TransformStep>& transforms = {});
    /// Damage of the reference choice the sensitivity bars show: 4-bit (int4-g32-sym, nearest).
    double sensitivity(int slot, Progress& progress);
    /// A row of sensitivities(), measured on a text and kept for the next time. Null: stopped.
    std::shared_ptr<const Sensitivity>
    sensitivityBy(const std::string& metric, const CalibrationSettings& text, Progress& progress);
    /// What the reference choice (sensitivity) costs every slot by that row; `onSlot` sees each as
    /// it comes. Stopped: the slots so far, none while the text was still being measured.
    std::vector<SlotDamage> damagesBy(const std::string& metric, const CalibrationSettings& text,
                                      Progress& progress,
                                      const std::function<void(const SlotDamage&)>& onSlot = {});
    /// What any choice costs by that row, for the slots that may have it.
    std::vector<SlotDamage> damagesBy(const std::string& metric, const CalibrationSettings& text,
                                      const SlotChoice& choice, Progress& progress,
                                      const std::function<void(const SlotDamage&)>& onSlot = {});
    /// The truth that metrics predict: the divergence on another text with one slot alone stored
    /// so, by Torch; of the slots that may be. Kept slot by slot. Stopped: those so far.
    std::vector<SlotTruth> truthOf(const SlotChoice& choice, const JudgeSettings& text,
                                   Progress& progress);
    /// What rounding each value of the network costs by rows of roundingMetrics(); of the windows
    /// so far when it was stopped.
    RoundingMeasurement roundings(const CalibrationSettings& text, Progress& progress);
    /// The truth of that: the divergence on another text with one value alone rounded, by Torch, of
    /// every value that can be. Kept value by value. Stopped: those so far.
    std::vector<ValueTruth> truthOf(const ActivationScheme& scheme, const JudgeSettings& text,
                                    Progress& progress);
    /// By a row of curvatureMeasures; independent of the Fisher factors. Stopped: the slots so far.
    std::vector<CurvatureDamage> curvature(const std::string& measure,
                                           const CurvatureRequest& request, Progress& progress);
    /// The spectral density of the Hessian over some slots; empty: over all that can be quantized.
    SpectralDensity density(const std::vector<int>& slots, const CurvatureRequest& request,
                            const DensitySettings& settings, Progress& progress);
    Size size(const Recipe& recipe) const { return recipeSize(*m_model, recipe); }
    /// What judging a recipe will find, and how sure that is; learns from every other recipe that
    /// was judged and from all trials. What a recipe itself was measured at never becomes its
    /// prediction: its range is the one told before that. nullopt as predictedKl.
    std::optional<Prediction> prediction(const Recipe& recipe, Progress& progress);
    /// The first answer, in about 50 ms (more where scales are of whole long rows): the prediction
    /// where that takes no longer, else `glanced`. A glance is kept nowhere and nothing learns from
    /// it. nullopt as predictedKl, and where what was measured must be looked at anew first.
    std::optional<Prediction> glance(const Recipe& recipe, Progress& progress);
    /// Sum of the damages of all slots, whatever was measured of them.
    /// nullopt before sensitivity was measured, and before the inputs were where the recipe looks
    /// at them.
    std::optional<double> predictedKl(const Recipe& recipe, Progress& progress);

    /// Sum over the values that a recipe rounds of what the Fisher tells of each alone. nullopt
    /// where that was not measured, as of values that a transform scales.
    std::optional<double> roundingDamage(const Recipe& recipe) const;

    /// What the network will hold while it runs. Error where no engine keeps weights packed.
    RunMemory memory(const Recipe& recipe, int64_t positions) const;
    /// All that was measured with slots changed (BackgroundLane). Stopped while the model was still
    /// being recognised: of this session only.
    Trials trials(Progress& progress) const;
    /// A measurement more.
    void keepTrial(const TrialKey& key, const Estimate& measured,
                   const std::optional<PriorPrediction>& predicted = {});
    /// What is predicted of a recipe that is to be measured; nothing where nothing can be.
    std::optional<PriorPrediction> priorPrediction(const Recipe& recipe, Progress& progress);
    /// Whether that was judged, or measured by a fit.
    bool isJudged(const VariantKey& variant) const;
    /// Error when a text shares lines with what the sensitivity was measured on.
    void requireHeldOut(const JudgeSettings& text) const;
    /// By what was measured of slots alone. nullopt as predictedKl, or stopped.
    std::optional<std::vector<double>> correctedDamages(const VariantKey& variant,
                                                        Progress& progress);
    /// What corrects predictions, by all that was measured but of the variant `but`. Null: stopped,
    /// or the sensitivity was not measured.
    std::shared_ptr<const Recalibration> recalibration(Progress& progress,
                                                       const VariantKey& but = {});
    /// The trials that can be predicted now. Stopped: those so far.
    std::vector<TrialPoint> trialPoints(Progress& progress);

    /// What the fit will take; encodes a few slots to tell. Errors as fit's.
    FitCost fitCost(const Recipe& start, const FitSettings& settings, Progress& progress);
    /// Stopped while it measures recipes: the best so far.
    FitResult fit(const Recipe& start, const FitSettings& settings, Progress& progress);

    /// Judges what the network is asked for. With a recipe: quantized against original. `used` is
    /// filled in.
    Quality judge(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                  Progress& progress, EngineUse& used);
    /// Judges a language model.
    Judgement judgeText(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                        Progress& progress, EngineUse& used);
    /// Judges a network that reads sentences (Graph::readsWholeTexts); the text may name their
    /// classes (readLabelledText). `settings.windows.windows`: sentences at most.
    SentenceJudgement judgeSentences(const std::optional<Recipe>& recipe,
                                     const JudgeSettings& settings, Progress& progress,
                                     EngineUse& used);
    /// How the error grows along the depth, over the text or sentences of a judgement; computed by
    /// Torch, whose values can be looked at.
    ErrorGrowth errorGrowth(const Recipe& recipe, const JudgeSettings& settings,
                            Progress& progress);
    /// The network's output for every sentence: embeddings, or logits of classes.
    Embeddings embed(const std::optional<Recipe>& recipe, const LabelledText& sentences,
                     const std::string& engine, Progress& progress, EngineUse& used);
    /// The outputs for texts of which some value is given (Engine::encode); nothing when stopped.
    Matrix runGiven(const std::optional<Recipe>& recipe, const TextBatch& batch,
                    const std::string& engine, Progress& progress, EngineUse& used);
    /// Returns the continuation. Stops at `tokens`, an end token, the context, or the progress.
    std::string generate(const std::optional<Recipe>& recipe, const GenerateSettings& settings,
                         const TokenSink& sink, Progress& progress, EngineUse& used);

    /// Writes, reopens, decodes and compares bit for bit. `format`: "gguf" or "safetensors".
    ExportReport exportModel(const Recipe& recipe, const std::string& format,
                             const OutputFile& file, Progress& progress);

private:
    struct Caches;
    std::shared_ptr<const EngineMemory> engineMemory() const;
    /// What is left of a fit's budgets when some were measured; nothing: stopped.
    std::optional<std::vector<FitBudget>> fitBudgets(const FitPlan& plan,
                                                     const FitSettings& settings, FitResult& result,
                                                     Progress& progress) const;
    /// nullopt as predictedKl, or stopped.
    std::optional<std::vector<PredictedPart>> predictedParts(const VariantKey& variant,
                                                             Progress& progress);
    /// `rounding`: roundingDamage; `variance`: what a sample leaves open of the parts.
    static Prediction predictionOf(const std::vector<PredictedPart>& parts, double rounding,
                                   double variance, const Recalibration& known);
    /// Learns from a recipe that was judged to the end, and what was predicted of it before.
    void learnFrom(const Recipe& recipe, const Estimate& measured,
                   const std::optional<PriorPrediction>& predicted);
    /// Both recipes as they were predicted before either was measured.
    void learnFromFit(const Recipe& predictedBest, const Recipe& found, const MeasuredFit& fit);
    /// nullopt: stopped.
    std::optional<std::vector<MeasuredParts>>
    measuredParts(const std::map<VariantKey, Estimate>& measured, Progress& progress);
    bool measureInputs(const std::vector<Window>& windows, const CalibrationSettings& text,
                       Progress& progress, const Recipe* through);

    std::shared_ptr<const Model> m_model;
    EngineFactory m_engines;
    EngineMemorySource m_memory;
    std::shared_ptr<Caches> m_caches;
};

/// Folder of the bundled sample (model files, calibration.txt, evaluation.txt).
std::string sampleFolder();

} // namespace bitloom
