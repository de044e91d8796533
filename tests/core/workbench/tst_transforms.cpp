// SPDX-License-Identifier: GPL-3.0-or-later
// Transforms leave what the network computes as it is, on every architecture that allows them, and
// the others are refused by name; SmoothQuant takes the outliers of activations away.
#include "core/analyze/fisher/fisher_measurement.h"
#include "core/analyze/passes/input_moments.h"
#include "core/analyze/passes/slot_trial.h"
#include "core/quantize/transforms/scaling_groups.h"
#include "core/quantize/variant/gguf_tensors.h"
#include "core/quantize/variant/size.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/background_measurer.h"
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"
#include "tests/core/analyze/moments_by_hand.h"
#include "tests/core/analyze/stop_after_reports.h"
#include "tests/core/network/tiny_models.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <filesystem>

using namespace bitloom;

namespace {

TransformStep smooth(std::optional<double> alpha)
{
    TransformStep step{"smoothquant", {}};
    if (alpha)
        step.parameters["alpha"] = *alpha;
    return step;
}

Recipe transformedBy(const TransformStep& step)
{
    Recipe recipe;
    recipe.target = "safetensors";
    recipe.transforms = {step};
    return recipe;
}

std::vector<float> outputOf(const std::shared_ptr<const Model>& model, const WeightSource& weights)
{
    return makeTorchEngine(model, weights, {.threads = 1})->encode(someText(model->graph)).values;
}

/// The largest difference, by the largest number.
double relativeDifference(const std::vector<float>& a, const std::vector<float>& b)
{
    double largest = 0;
    double difference = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(a[i])));
        difference = std::max(difference, std::abs(static_cast<double>(a[i]) - b[i]));
    }
    return difference / largest;
}

std::vector<ScalingGroup> groupsOf(const Graph& graph)
{
    std::vector<std::string> leftOut;
    return scalingGroups(graph, leftOut);
}

constexpr double kOutlier = 200;

/// Eight channels of every norm's output × 200, the columns behind them ÷ 200: the same network.
void writeHarmed(const Model& model, const std::string& folder)
{
    std::map<std::string, Matrix> tensors;
    for (const Slot& slot : model.graph.slots)
        tensors[slot.tensor] = model.tensorOf(slot).read();
    const auto times = [&](int slot, double factor) {
        Matrix& weights = tensors.at(model.graph.slot(slot).tensor);
        for (int64_t row = 0; row < weights.rows; ++row)
            for (size_t channel = 3; channel < 11; ++channel)
                weights.row(row)[channel] *= static_cast<float>(factor);
    };
    for (const ScalingGroup& group : groupsOf(model.graph)) {
        for (const int slot : group.norm)
            times(slot, kOutlier);
        for (const int slot : group.products)
            times(slot, 1 / kOutlier);
    }
    std::filesystem::create_directories(folder);
    for (const auto& entry : std::filesystem::directory_iterator(sampleData()))
        if (entry.path().extension() == ".json")
            std::filesystem::copy(entry.path(), folder);
    std::vector<TensorToWrite> all;
    for (const auto& [name, weights] : tensors)
        all.push_back({name, model.checkpoint.find(name)->shape, "f32", [&weights = weights] {
                           std::span<std::byte> writable;
                           PackedTensor packed = PackedTensor::allocate(
                               schemeNamed("f32"), weights.rows, weights.columns, writable);
                           std::memcpy(writable.data(), weights.values.data(), writable.size());
                           return packed;
                       }});
    Progress progress;
    writeSafetensors(folder + "/model.safetensors", all, {}, progress);
}

Recipe w8a8(const Model& model, const std::optional<TransformStep>& step)
{
    Recipe recipe = uniform(model, "int8-row-sym");
    applyActivation(recipe, model, ".*=int8-token-sym");
    if (step)
        recipe.transforms = {*step};
    return recipe;
}

} // namespace

class TestTransforms : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::shared_ptr<Workbench> m_sample;
    CalibrationSettings m_calibration;
    EvaluationSettings m_evaluation;
    Progress m_progress;

    std::shared_ptr<const Model> tiny(const Architecture& architecture) const
    {
        const std::string folder =
            m_folder.filePath(QString::fromUtf8(architecture.id)).toStdString();
        tinyModel(architecture).write(folder);
        return openModel(folder);
    }

    TransformedModel transformed(const std::shared_ptr<const Model>& model,
                                 const TransformStep& step)
    {
        const auto inputs = measureInputMoments(model, randomWindows(6, 9), m_progress);
        auto plan =
            std::make_shared<const TransformPlan>(planOf(*model, *inputs, {step}, m_progress));
        return {model, inputs, {step}, plan};
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_sample = openSample();
        m_calibration = sampleCalibration(16);
        m_evaluation = sampleEvaluation(16);
        QVERIFY(m_sample->calibration().measureInputs(m_calibration, m_progress));
    }

    /// Of every row and architecture: exact, or refused by the name of what does not allow it.
    void exactOrRefusedOnEveryArchitecture()
    {
        int exact = 0;
        for (const Transform& row : transforms())
            for (const Architecture& architecture : architectures()) {
                const auto model = tiny(architecture);
                const TransformStep step{std::string(row.id), {}};
                const std::string problem = transformProblem(model->graph, {step});
                if (!problem.empty()) {
                    QVERIFY2(problem.find(row.title) != std::string::npos, problem.c_str());
                    continue;
                }
                const auto before = outputOf(model, OriginalWeights(model));
                const Variant variant(transformed(model, step), transformedBy(step));
                QVERIFY(!variant.key().isOriginal());
                const int scaled = transformedSlots(model->graph, {step}).front();
                QVERIFY(variant.model().source(scaled).values != // something did change
                        TransformedModel(model).source(scaled).values);
                const auto after = outputOf(model, variant);
                QVERIFY2(relativeDifference(before, after) < 1e-5, architecture.id.data());
                ++exact;
            }
        QVERIFY(exact >= 2);
    }

    void refusalsSayWhy()
    {
        const auto bert = tiny(*findArchitecture("bert"));
        const QString ofBert = QString::fromStdString(transformProblem(bert->graph, {smooth(0.5)}));
        QVERIFY2(ofBert.contains("goes into add too"), qPrintable(ofBert));
        const auto lstm = tiny(*findArchitecture("lstm_lm"));
        QVERIFY(!transformProblem(lstm->graph, {smooth(0.5)}).empty());
        QVERIFY(refusal([&] { parseTransform("smoothquant:1.5"); }).contains("between 0 and 1"));
        QVERIFY(refusal([&] { parseTransform("smoothquant:beta=0.5"); }).contains("beta"));
        QVERIFY(refusal([&] { parseTransform("rotate"); }).contains("smoothquant"));
        QVERIFY(refusal([&] { parseTransform("smoothquant:half"); }).contains("not a number"));
        Recipe nowhere = transformedBy(parseTransform("smoothquant:blocks.0.nothing=0.5"));
        QVERIFY(QString::fromStdString(recipeProblem(nowhere, m_sample->model()))
                    .contains("blocks.0.nothing"));
        Recipe twice = transformedBy(smooth(0.5));
        twice.transforms.push_back(smooth(0.4));
        QVERIFY(!recipeProblem(twice, m_sample->model()).empty());
        const auto unmeasured = openSample();
        QVERIFY(refusal([&] {
                    unmeasured->calibration().variant(twice);
                }).contains("calibration text"));
    }

    void tiedHeadsAreLeftOut()
    {
        TinyGpt2 tied;
        tied.configuration["tie_word_embeddings"] = true;
        tied.shapes.erase("lm_head.weight");
        const std::string folder = m_folder.filePath("tied").toStdString();
        tied.write(folder);
        const auto gpt2 = openModel(folder);
        std::vector<std::string> leftOut;
        const auto groups = scalingGroups(gpt2->graph, leftOut);
        QCOMPARE(groups.size(), static_cast<size_t>(2 * gpt2->graph.blocks));
        QCOMPARE(leftOut.size(), size_t{1});
        QVERIFY(leftOut.front().find("two places") != std::string::npos);
    }

    void stepsAreWrittenAndRead()
    {
        Recipe recipe = transformedBy(smooth(0.25));
        recipe.transforms[0].parameters["blocks.0.attention.norm"] = 0.75;
        QVERIFY(Recipe::fromJson(recipe.toJson()) == recipe);
        QVERIFY(parseTransform(rowChoiceText(recipe.transforms[0])) == recipe.transforms[0]);
        QVERIFY(parseTransform("smoothquant") == smooth({}));
        QVERIFY(parseTransform("smoothquant:0.25") == smooth(0.25));
    }

    /// α = ½ makes both equally large, channel by channel: √(max|X| max|W|).
    void halfMakesBothEquallyLarge()
    {
        const TransformedModel model = m_sample->calibration().transformed({smooth(0.5)});
        for (const ScalingGroup& group : groupsOf(model.graph())) {
            const SecondMoment& seen = *model.inputs(group.products.front());
            const auto width = static_cast<size_t>(seen.width);
            std::vector<float> before(width);
            std::vector<float> after(width);
            for (const int slot : group.products) {
                const int64_t rows = model.graph().slot(slot).rows;
                const Matrix original = model.original(slot, 0, rows);
                const Matrix scaled = model.source(slot);
                for (size_t i = 0; i < original.values.size(); ++i) {
                    float& old = before[i % width];
                    old = std::max(old, std::abs(original.values[i]));
                    float& now = after[i % width];
                    now = std::max(now, std::abs(scaled.values[i]));
                }
            }
            const auto factors = model.columnFactors(group.products.front());
            for (size_t i = 0; i < width; ++i) {
                const double both = std::sqrt(static_cast<double>(before[i]) * seen.largest()[i]);
                QVERIFY(std::abs(after[i] / both - 1) < 1e-5);
                QVERIFY(std::abs(seen.largest()[i] / factors[i] / both - 1) < 1e-5);
            }
        }
    }

    /// What is taken back is what was there, and methods that need calibration see the new ones.
    void transformsAreTakenBack()
    {
        const TransformedModel model = m_sample->calibration().transformed({smooth(0.5)});
        const int slot = model.graph().findSlot("model.layers.1.mlp.up_proj");
        const Encoding gptq{"int4-g32-asym", "gptq", {}, {}};
        Matrix rows = model.source(slot);
        QVERIFY(rows.values != model.original(slot, 0, rows.rows).values);
        model.restore(slot, rows);
        QVERIFY(relativeDifference(model.original(slot, 0, rows.rows).values, rows.values) < 1e-6);
        const TransformedModel plain = m_sample->calibration().transformed();
        QVERIFY(model.key(slot, gptq) != plain.key(slot, gptq));
        const auto damage = [&](const char* method, const std::vector<TransformStep>& steps) {
            return m_sample->slotErrors()
                .slotError(slot, Encoding{"int4-g32-asym", method, {}, {}}, true, m_progress, steps)
                .damage;
        };
        m_sample->calibration().measureSensitivity(m_calibration, m_progress);
        QVERIFY(damage("gptq", {smooth(0.5)}) < 0.9 * damage("nearest", {smooth(0.5)}));
        QVERIFY(damage("nearest", {smooth(0.5)}) != damage("nearest", {}));
    }

    /// What is predicted of a transformed recipe is what is measured, about.
    void predictionsSeeTransforms()
    {
        m_sample->calibration().measureSensitivity(m_calibration, m_progress);
        Recipe recipe = uniform(m_sample->model(), "int4-row-sym");
        const double plain = *m_sample->predictions().predictedKl(recipe, m_progress);
        recipe.transforms = {smooth(0.8)};
        const double predicted = *m_sample->predictions().predictedKl(recipe, m_progress);
        QVERIFY(std::abs(predicted / plain - 1) > 0.02);
        QVERIFY(m_sample->predictions().prediction(recipe, m_progress).has_value());
        const double measured = evaluated(*m_sample, recipe, m_evaluation).kl.value;
        QVERIFY2(predicted / measured > 0.4 && predicted / measured < 2.5,
                 qPrintable(QString("%1 %2").arg(predicted).arg(measured)));
    }

    /// What the background measures of a transformed recipe is what that network does.
    void theBackgroundMeasuresTheTransformedNetwork()
    {
        m_sample->calibration().measureSensitivity(m_calibration, m_progress);
        EvaluationSettings heldOut = m_evaluation;
        heldOut.windows.windows = 8;
        BackgroundMeasurer measurer(predictionsOf(m_sample), heldOut);
        Recipe recipe = uniform(m_sample->model(), "int4-row-sym");
        std::vector<double> measured;
        for (const std::vector<TransformStep>& steps :
             {std::vector<TransformStep>(), {smooth(0.8)}}) {
            recipe.transforms = steps;
            const Variant variant = m_sample->calibration().variant(recipe);
            QVERIFY(measurer.measure({variant.key(), 1, 1}, m_progress));
            const SlotTrials trials(m_sample->sharedModel(),
                                    evaluationExamples(m_sample->model(), heldOut));
            const double actual =
                trials.divergence(std::make_shared<Variant>(variant), m_progress)->value;
            for (const auto& [key, trial] : m_sample->measuredVariants().trials(m_progress))
                if (key.variant == variant.key())
                    measured.push_back(trial.measured.value / actual);
        }
        QCOMPARE(measured.size(), size_t{2});
        for (const double ratio : measured)
            QVERIFY2(std::abs(ratio - 1) < 1e-9, qPrintable(QString::number(ratio)));
        QVERIFY(
            !refusal([&] { Variant(m_sample->calibration().transformed(), recipe); }).isEmpty());
    }

    /// Limits are of the weights as they were opened.
    void clippingComesFirst()
    {
        const TransformedModel model = m_sample->calibration().transformed({smooth(0.5)});
        const int slot = model.graph().findSlot("model.layers.1.mlp.up_proj");
        const Encoding clipped{"", "mse", -0.01, 0.01};
        Matrix rows = model.encode(slot, clipped).decode();
        model.restore(slot, rows);
        const auto [least, most] = std::ranges::minmax(rows.values);
        QVERIFY(std::abs(least + 0.01F) < 1e-6F && std::abs(most - 0.01F) < 1e-6F);
    }

    /// Nothing is said of scaled values before they were looked at; then about what is measured.
    void predictionsSeeScaledValues()
    {
        ModelCalibration& calibration = m_sample->calibration();
        calibration.measureSensitivity(m_calibration, m_progress);
        const Recipe plain = w8a8(m_sample->model(), {});
        QVERIFY(!calibration.needsActivations(plain));
        QVERIFY(m_sample->predictions().prediction(plain, m_progress).has_value());
        Recipe smoothed = uniform(m_sample->model(), "int8-row-sym");
        applyActivation(smoothed, m_sample->model(), ".*=int4-token-sym");
        smoothed.transforms = {smooth(0.5)};
        QVERIFY(calibration.needsActivations(smoothed));
        QVERIFY(!m_sample->predictions().prediction(smoothed, m_progress));
        FitSettings toALoss = integerFit(4);
        toALoss.bitsPerWeight.reset();
        toALoss.mostDamage = 0.1;
        QVERIFY(refusal([&] {
                    m_sample->fits().fit(smoothed, toALoss, m_progress);
                }).contains("not predicted"));
        StopAfterReports stop(1);
        QVERIFY(!calibration.measureActivations(smoothed, stop));
        QVERIFY(calibration.needsActivations(smoothed));
        QVERIFY(calibration.measureActivations(smoothed, m_progress));
        QVERIFY(!calibration.needsActivations(smoothed));
        const double predicted = m_sample->predictions().predictedKl(smoothed, m_progress).value();
        const double measured = evaluated(*m_sample, smoothed, m_evaluation).kl.value;
        QVERIFY2(predicted / measured > 0.5 && predicted / measured < 2,
                 qPrintable(QString("%1 %2").arg(predicted).arg(measured)));
        calibration.measureSensitivity(m_calibration, m_progress);
        QVERIFY(calibration.needsActivations(smoothed));
    }

    /// The harmed network is the sample under a transform that takes its outliers back: both say
    /// the same of quantizing a value.
    void scaledValuesAreThoseOfTheScaledNetwork()
    {
        const std::string folder = m_folder.filePath("scaled").toStdString();
        writeHarmed(m_sample->model(), folder);
        const std::vector<Window> windows =
            calibrationExamples(m_sample->model(), sampleCalibration(4));
        auto plan = std::make_shared<TransformPlan>();
        for (const ScalingGroup& group : groupsOf(m_sample->model().graph)) {
            const int64_t width = m_sample->model().graph.value(group.value).width;
            std::vector<float> divisors(static_cast<size_t>(width), 1.0F);
            std::fill(divisors.begin() + 3, divisors.begin() + 11,
                      1 / static_cast<float>(kOutlier));
            plan->values[group.value] = std::move(divisors);
        }
        const TransformedModel scaled(m_sample->sharedModel(), nullptr, {smooth(0.5)}, plan);
        const auto damages = [&](const TransformedModel& model) {
            return damagesOf(measureActivationQuantization(model, windows, 1, m_progress)).values;
        };
        const auto found = damages(scaled);
        const auto expected = damages(TransformedModel(openModel(folder)));
        const auto original = damages(TransformedModel(m_sample->sharedModel()));
        QVERIFY(!plan->values.empty());
        for (const auto& [index, divisors] : plan->values) {
            const auto value = static_cast<size_t>(index);
            QCOMPARE(found[value].size(), activationSchemes().size());
            for (size_t scheme = 0; scheme < found[value].size(); ++scheme) {
                const double ratio = found[value][scheme] / expected[value][scheme];
                QVERIFY2(std::abs(ratio - 1) < 1e-3, qPrintable(QString::number(ratio)));
                QVERIFY(found[value][scheme] > 2 * original[value][scheme]);
            }
        }
    }

    /// On the unharmed model the search costs nothing (paired, in standard errors).
    void theSearchIsNotWorseThanHalf()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        EvaluationSettings longer = m_evaluation;
        longer.windows.windows = 48;
        const TextEvaluation half =
            evaluated(*m_sample, w8a8(m_sample->model(), smooth(0.5)), longer);
        const TextEvaluation searched =
            evaluated(*m_sample, w8a8(m_sample->model(), smooth({})), longer);
        const Estimate more = pairedDifference(searched.klBlocks, half.klBlocks);
        QVERIFY2(more.value < 2 * more.standardError,
                 qPrintable(QString("%1 %2").arg(more.value).arg(more.standardError)));
    }

    void smoothingHealsOutliers()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        const std::string folder = m_folder.filePath("harmed").toStdString();
        writeHarmed(m_sample->model(), folder);
        const auto harmed = std::make_shared<Workbench>(openModel(folder), torchEngines());
        QVERIFY(harmed->calibration().measureInputs(m_calibration, m_progress));
        const auto perplexity = [&](Workbench& workbench, const std::optional<Recipe>& recipe) {
            return evaluated(workbench, recipe, m_evaluation).perplexity;
        };
        const double original = perplexity(*m_sample, std::nullopt);
        QVERIFY(std::abs(perplexity(*harmed, std::nullopt) / original - 1) < 1e-3);
        const double plain = perplexity(*harmed, w8a8(harmed->model(), std::nullopt));
        QVERIFY2(plain > 2 * original, qPrintable(QString::number(plain)));
        for (const std::optional<double> alpha : {std::optional(0.5), std::optional<double>()}) {
            const double smoothed = perplexity(*harmed, w8a8(harmed->model(), smooth(alpha)));
            QVERIFY2(std::abs(smoothed / original - 1) < 0.02,
                     qPrintable(QString("%1 for %2").arg(smoothed).arg(original)));
        }
    }

    /// No file needs to know of it: what is written computes the same, in as many bytes as were
    /// foretold.
    void filesHoldTransforms()
    {
        Recipe recipe = transformedBy(smooth(0.5));
        recipe.target = "gguf";
        for (const char* format : {"gguf", "safetensors"}) {
            const std::string path =
                m_folder.filePath(QString("smooth.%1").arg(format)).toStdString();
            const ExportReport report =
                m_sample->exports().exportModel(recipe, format, path, m_progress);
            QVERIFY(report.complete);
            if (std::string_view(format) == "gguf")
                QCOMPARE(report.bytes, m_sample->opened().size(recipe).fileBytes);
            const auto written = openModel(path);
            const auto model = m_sample->sharedModel();
            const auto before = outputOf(model, OriginalWeights(model));
            const auto after = outputOf(written, OriginalWeights(written));
            QVERIFY(before != after);
            QVERIFY(relativeDifference(before, after) < 1e-5);
        }
    }
};

QTEST_GUILESS_MAIN(TestTransforms)
#include "tst_transforms.moc"
