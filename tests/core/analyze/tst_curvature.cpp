// SPDX-License-Identifier: GPL-3.0-or-later
// Second derivatives of networks: against formulas, against differences of gradients.
#include "core/analyze/fisher/fisher_measurement.h"
#include "core/analyze/hessian/curvature.h"
#include "core/analyze/hessian/trace.h"
#include "core/analyze/numerics/eigenvalues.h"
#include "tests/core/analyze/small_model.h"
#include "tests/core/network/tiny_models.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>

using namespace bitloom;

namespace {

constexpr auto kKl = CurvatureLoss::KullbackLeibler;
constexpr auto kCrossEntropy = CurvatureLoss::CrossEntropy;

CurvatureSettings inDouble(CurvatureLoss loss)
{
    CurvatureSettings settings;
    settings.loss = loss;
    settings.inDouble = true;
    return settings;
}

/// ‖a − b‖ / ‖b‖.
double distance(Vector a, const Vector& b)
{
    if (a.size() != b.size())
        return INFINITY;
    addScaled(a, -1, b);
    return norm(a) / norm(b);
}

/// The Hessian of softmax regression, Σ (diag(p) − ppᵀ) ⊗ xxᵀ / predictions: the small model by its
/// head alone. The loss does not matter, as logits are linear in the head.
class HeadByHand {
public:
    explicit HeadByHand(const std::vector<Window>& windows)
    {
        for (const Window& window : windows)
            for (int64_t i = window.firstScored; i < std::ssize(window.tokens); ++i)
                m_tokens.push_back(window.tokens[static_cast<size_t>(i - 1)]);
    }
    Vector product(const Vector& v) const
    {
        Vector result(v.size());
        for (const int32_t token : m_tokens)
            addPrediction(token, v, result);
        scale(result, 1 / static_cast<double>(m_tokens.size()));
        return result;
    }
    double trace() const
    {
        double sum = 0;
        for (size_t i = 0; i < kWords * kWidth; ++i) {
            Vector unit(kWords * kWidth);
            unit[i] = 1;
            sum += product(unit)[i];
        }
        return sum;
    }

private:
    static Vector input(int32_t token)
    {
        Vector x;
        for (uint64_t i = 0; i < kWidth; ++i)
            x.push_back(weight(1, static_cast<uint64_t>(token) * kWidth + i));
        return x;
    }
    /// M x for a matrix of the head's shape.
    static Vector logits(const Vector& matrix, const Vector& x)
    {
        Vector result(kWords);
        for (size_t o = 0; o < kWords; ++o)
            for (size_t i = 0; i < kWidth; ++i)
                result[o] += matrix[o * kWidth + i] * x[i];
        return result;
    }
    static Vector shares(const Vector& x)
    {
        Vector head;
        for (uint64_t i = 0; i < kWords * kWidth; ++i)
            head.push_back(weight(2, i));
        Vector result = logits(head, x);
        for (double& value : result)
            value = std::exp(value);
        scale(result, 1 / std::accumulate(result.begin(), result.end(), 0.0));
        return result;
    }
    static void addPrediction(int32_t token, const Vector& v, Vector& result)
    {
        const Vector x = input(token);
        const Vector p = shares(x);
        const Vector change = logits(v, x);
        const double mean = dot(p, change);
        for (size_t o = 0; o < kWords; ++o)
            for (size_t i = 0; i < kWidth; ++i)
                result[o * kWidth + i] += p[o] * (change[o] - mean) * x[i];
    }

    std::vector<int32_t> m_tokens;
};

std::vector<Window> windowsFor(const Graph& graph, int count = 3, size_t length = 9)
{
    std::vector<Window> windows;
    for (int w = 0; w < count; ++w) {
        Window window;
        for (uint64_t i = 0; i < length; ++i)
            window.tokens.push_back(
                static_cast<int32_t>(randomBits(static_cast<uint64_t>(w) + 1, i) %
                                     static_cast<uint64_t>(graph.vocabulary)));
        window.firstScored = graph.readsWholeTexts() ? static_cast<int64_t>(length) - 1 : 1 + w;
        windows.push_back(window);
    }
    return windows;
}

/// (g(W + εv) − g(W − εv)) / 2ε.
Vector difference(const NetworkCurvature& curvature, Vector v, double step)
{
    Progress progress;
    scale(v, step);
    Vector result = curvature.gradient(v, progress);
    scale(v, -1);
    addScaled(result, -1, curvature.gradient(v, progress));
    scale(result, 1 / (2 * step));
    return result;
}

class Stopped : public Progress {
public:
    bool stopRequested() const override { return true; }
};

} // namespace

Q_DECLARE_METATYPE(CurvatureLoss)

class TestCurvature : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    Progress m_progress;

    std::string folder(const std::string& name) const
    {
        return m_folder.filePath(QString::fromStdString(name)).toStdString();
    }

    std::shared_ptr<const Model> small(bool tied) const
    {
        return smallModel(m_folder.path().toStdString(), tied);
    }

    /// Products are the derivative of the gradient, and symmetric.
    void provesProducts(const std::shared_ptr<const Model>& model, CurvatureLoss loss)
    {
        const NetworkCurvature curvature(model, windowsFor(model->graph), inDouble(loss));
        const SymmetricOperator hessian = curvature.hessian();
        const Vector u = randomDirection(hessian.dimension(), 1, 1);
        const Vector v = randomSigns(hessian.dimension(), 2, 2);
        const Vector product = hessian.product(v, m_progress);
        const double apart = distance(difference(curvature, v, 1e-6), product);
        QVERIFY2(apart < 1e-5, qPrintable(QString::number(apart)));
        const double forth = dot(u, product);
        const double back = dot(v, hessian.product(u, m_progress));
        QVERIFY2(std::abs(forth - back) < 1e-5 * std::abs(forth),
                 qPrintable(QString("%1 and %2").arg(forth).arg(back)));
        provesSlices(model, loss, curvature, v, product);
    }

    /// The same products, block by block; of the whole and of one slot alone.
    void provesSlices(const std::shared_ptr<const Model>& model, CurvatureLoss loss,
                      const NetworkCurvature& whole, const Vector& v, const Vector& product)
    {
        CurvatureSettings settings = inDouble(loss);
        settings.wholeBytes = 0;
        const NetworkCurvature segmented(model, windowsFor(model->graph), settings);
        const double apart = distance(segmented.hessian().product(v, m_progress), product);
        QVERIFY2(apart < 1e-12, qPrintable(QString::number(apart)));
        for (const int slot : segmented.slots()) {
            const SymmetricOperator block = whole.hessian({slot});
            const Vector slice = randomSigns(block.dimension(), 3, 3);
            const Vector expected = block.product(slice, m_progress);
            const Vector found = segmented.hessian({slot}).product(slice, m_progress);
            if (norm(expected) > 0)
                QVERIFY(distance(found, expected) < 1e-12);
            else
                QCOMPARE(norm(found), 0.0);
        }
        settings.residentBytes = 0;
        const NetworkCurvature streamed(model, windowsFor(model->graph), settings);
        QVERIFY(distance(streamed.hessian().product(v, m_progress), product) < 1e-12);
        QVERIFY(streamed.hessian().forms && !whole.hessian().forms);
        const Vector forms = signForms(streamed.hessian(), 2, 2, m_progress);
        QVERIFY(distance(forms, signForms(whole.hessian(), 2, 2, m_progress)) < 1e-10);
    }

private Q_SLOTS:
    void softmaxRegressionIsTheClosedForm()
    {
        const auto model = small(false);
        const auto windows = someWindows(2);
        const HeadByHand expected(windows);
        const Vector v = randomDirection(kWords * kWidth, 5, 0);
        for (const CurvatureLoss loss : {kKl, kCrossEntropy}) {
            const NetworkCurvature exact(model, windows, inDouble(loss), {1});
            QCOMPARE(exact.predictions(), int64_t{4 + 5 + 6 + 7 + 8});
            const Vector product = exact.hessian().product(v, m_progress);
            QVERIFY(distance(product, expected.product(v)) < 1e-12);
            CurvatureSettings single;
            single.loss = loss;
            const NetworkCurvature coarse(model, windows, single, {1});
            QVERIFY(distance(coarse.hessian().product(v, m_progress), product) < 1e-5);
        }
    }

    void traceAndFisherOfSoftmaxRegressionAgree()
    {
        const auto model = small(false);
        const auto windows = someWindows(1);
        const double exact = HeadByHand(windows).trace();
        const NetworkCurvature curvature(model, windows, inDouble(kKl), {1});
        const TraceEstimate trace = estimateTrace(curvature.hessian(), {}, m_progress);
        QVERIFY(std::abs(trace.whole.mean - exact) < 3 * trace.whole.standardError);
        // The mean over draws of labels of Fisher's diagonal is the Hessian's.
        constexpr uint64_t kDraws = 400;
        Vector totals;
        for (uint64_t seed = 0; seed < kDraws; ++seed)
            totals.push_back(measureFisher(model, windows, seed, m_progress).slots[1].total);
        const double mean = std::accumulate(totals.begin(), totals.end(), 0.0) / kDraws;
        double squares = 0;
        for (const double total : totals)
            squares += (total - mean) * (total - mean);
        const double error = std::sqrt(squares) / kDraws;
        QVERIFY2(std::abs(mean - exact) < 3 * error,
                 qPrintable(QString("%1 ± %2, truly %3").arg(mean).arg(error).arg(exact)));
    }

    void topEigenvalueOfSoftmaxRegression()
    {
        const auto windows = someWindows(1);
        const HeadByHand known(windows);
        const SymmetricOperator byHand{
            {kWords * kWidth}, [&](const Vector& v, Progress&) { return known.product(v); }};
        EigenvalueSettings precise;
        precise.relativeError = 1e-9;
        const double exact = largestEigenvalue(byHand, precise, m_progress).value;
        const NetworkCurvature curvature(small(false), windows, {}, {1});
        const double found = largestEigenvalue(curvature.hessian(), {}, m_progress).value;
        QVERIFY(std::abs(found - exact) < 1e-3 * exact);
    }

    void productsAreDerivativesOfGradients_data()
    {
        QTest::addColumn<std::string>("id");
        QTest::addColumn<CurvatureLoss>("loss");
        for (const Architecture& architecture : architectures())
            for (const CurvatureLoss loss : {kKl, kCrossEntropy})
                QTest::addRow("%s, %s", architecture.id.data(), loss == kKl ? "KL" : "labels")
                    << std::string(architecture.id) << loss;
    }

    void productsAreDerivativesOfGradients()
    {
        QFETCH(std::string, id);
        QFETCH(CurvatureLoss, loss);
        tinyModel(*findArchitecture(id)).write(folder(id));
        const auto model = openModel(folder(id));
        if (model->graph.readsWholeTexts() && loss == kCrossEntropy) {
            const QString said = refusal([&] {
                const NetworkCurvature none(model, windowsFor(model->graph), inDouble(loss));
            });
            QVERIFY2(said.startsWith("[curvature] cross-entropy needs"), qPrintable(said));
            return;
        }
        provesProducts(model, loss);
    }

    void embeddingsHaveCurvatureToo()
    {
        TinyBert tiny;
        tiny.makeSentenceEncoder("mean_tokens");
        tiny.write(folder("encoder"));
        const auto model = openModel(folder("encoder"));
        QVERIFY(model->graph.output == OutputKind::Embedding);
        provesProducts(model, kKl);
    }

    void tiedUsesAdd()
    {
        provesProducts(small(true), kKl);
        provesProducts(small(true), kCrossEntropy);
        TinyLlama tiny; // whose uses lie in different segments
        tiny.configuration["tie_word_embeddings"] = true;
        tiny.shapes.erase("lm_head.weight");
        tiny.write(folder("tied"));
        for (const CurvatureLoss loss : {kKl, kCrossEntropy})
            provesProducts(openModel(folder("tied")), loss);
    }

    /// The Hessian over some slots is a block of the whole.
    void someSlotsAreABlock()
    {
        tinyModel(*findArchitecture("llama")).write(folder("block"));
        const auto model = openModel(folder("block"));
        const NetworkCurvature curvature(model, windowsFor(model->graph), inDouble(kKl));
        const SymmetricOperator whole = curvature.hessian();
        const size_t middle = whole.slices.size() / 2;
        size_t from = 0;
        for (size_t i = 0; i < middle; ++i)
            from += whole.slices[i];
        const Vector slice = randomSigns(whole.slices[middle], 3, 3);
        Vector padded(whole.dimension());
        std::ranges::copy(slice, padded.begin() + static_cast<std::ptrdiff_t>(from));
        const Vector expected = whole.product(padded, m_progress);
        const SymmetricOperator block = curvature.hessian({curvature.slots()[middle]});
        QCOMPARE(block.slices, std::vector<size_t>{slice.size()});
        const Vector found = block.product(slice, m_progress);
        const auto begin = expected.begin() + static_cast<std::ptrdiff_t>(from);
        QVERIFY(distance(found, {begin, begin + std::ssize(slice)}) < 1e-10);
        // Only that slot differentiated at all.
        const NetworkCurvature alone(model, windowsFor(model->graph), inDouble(kKl),
                                     {curvature.slots()[middle]});
        QVERIFY(distance(alone.hessian().product(slice, m_progress), found) < 1e-10);
    }

    void neitherThreadsNorMemoryChangeABit()
    {
        tinyModel(*findArchitecture("gpt2")).write(folder("bits"));
        const auto model = openModel(folder("bits"));
        Vector expected;
        for (const int threads : {1, 2, 5})
            for (const int64_t kept : {int64_t{0}, int64_t{1} << 22, int64_t{1} << 32}) {
                CurvatureSettings settings;
                settings.threads = threads;
                settings.cacheBytes = kept;
                const NetworkCurvature curvature(model, windowsFor(model->graph, 4), settings);
                const SymmetricOperator hessian = curvature.hessian();
                const Vector signs = randomSigns(hessian.dimension(), 1, 1);
                const Vector found = hessian.product(signs, m_progress);
                QCOMPARE(hessian.product(signs, m_progress), found);
                if (expected.empty())
                    expected = found;
                QCOMPARE(found, expected);
            }
    }

    void stopsAndRefuses()
    {
        const auto model = small(false);
        const NetworkCurvature curvature(model, someWindows(1), {});
        Stopped stop;
        const SymmetricOperator hessian = curvature.hessian();
        QVERIFY(hessian.product(Vector(hessian.dimension()), stop).empty());
        QCOMPARE(estimateTrace(hessian, {}, stop).whole.samples, int64_t{0});
        CurvatureSettings streamed;
        streamed.residentBytes = 0;
        const NetworkCurvature large(model, someWindows(1), streamed);
        QCOMPARE(estimateTrace(large.hessian(), {}, stop).whole.samples, int64_t{0});
        std::vector<Window> windows(1);
        windows[0].tokens = {1};
        QVERIFY(!refusal([&] { const NetworkCurvature none(model, windows, {}); }).isEmpty());
        QVERIFY(!refusal([&] { const NetworkCurvature none(model, {}, {}); }).isEmpty());
    }

    /// On the sample: symmetric, never negative, and its trace is the Fisher information's.
    void sampleTraceIsItsFisher()
    {
        const auto model = openModel(sampleData());
        const auto windows = windowsFor(model->graph, 8, 48);
        const NetworkCurvature curvature(model, windows, {});
        const SymmetricOperator hessian = curvature.hessian();
        const Vector u = randomSigns(hessian.dimension(), 1, 1);
        const Vector v = randomSigns(hessian.dimension(), 1, 2);
        const double forth = dot(u, hessian.product(v, m_progress));
        const double back = dot(v, hessian.product(u, m_progress));
        TraceSettings settings;
        const TraceEstimate trace = estimateTrace(hessian, settings, m_progress);
        QVERIFY2(std::abs(forth - back) < 1e-5 * trace.whole.mean,
                 qPrintable(QString("%1 and %2").arg(forth).arg(back)));
        Vector totals;
        for (uint64_t seed = 0; seed < 6; ++seed) {
            const Fisher fisher = measureFisher(model, windows, seed, m_progress);
            double total = 0;
            for (const SlotFisher& slot : fisher.slots)
                total += slot.total;
            totals.push_back(total);
        }
        const double mean = std::accumulate(totals.begin(), totals.end(), 0.0) / 6;
        const auto [least, most] = std::ranges::minmax(totals);
        const QString said = QString("trace %1 ± %2 by %3 samples, Fisher %4 (%5 to %6)")
                                 .arg(trace.whole.mean)
                                 .arg(trace.whole.standardError)
                                 .arg(trace.whole.samples)
                                 .arg(mean)
                                 .arg(least)
                                 .arg(most);
        qInfo("%s", qPrintable(said));
        QVERIFY2(std::abs(trace.whole.mean - mean) < 3 * trace.whole.standardError + most - least,
                 qPrintable(said));
        QVERIFY(trace.converged && forth != back);
    }
};

QTEST_APPLESS_MAIN(TestCurvature)
#include "tst_curvature.moc"
