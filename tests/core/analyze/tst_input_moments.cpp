// SPDX-License-Identifier: GPL-3.0-or-later
// Second moments of inputs against those of tapped values, and the damage that is made of them.
#include "core/analyze/fisher/correlated_damage.h"
#include "core/analyze/passes/input_moments.h"
#include "core/network/engine/engine.h"
#include "tests/core/analyze/moments_by_hand.h"
#include "tests/core/network/tiny_models.h"
#include "tests/core/random_weights.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;

namespace {

constexpr int64_t kTokens = 9;

class StopAtOnce : public Progress {
public:
    bool stopRequested() const override { return true; }
};

double formula(const SlotFisher& fisher, const Matrix& moment, const Matrix& from, const Matrix& to)
{
    double sum = 0;
    for (int64_t o = 0; o < from.rows; ++o)
        for (size_t i = 0; i < from.row(o).size(); ++i)
            for (size_t j = 0; j < from.row(o).size(); ++j) {
                const auto scale = [&](size_t k) {
                    return std::sqrt(fisher.columnSums[k] /
                                     static_cast<double>(moment.row(static_cast<int64_t>(k))[k]));
                };
                const double left = to.row(o)[i] - from.row(o)[i];
                const double right = to.row(o)[j] - from.row(o)[j];
                sum += fisher.rowSums[static_cast<size_t>(o)] * left * scale(i) *
                       moment.row(static_cast<int64_t>(i))[j] * scale(j) * right;
            }
    return sum / (2 * fisher.total);
}

SlotFisher someFisher(int64_t rows, int64_t columns)
{
    SlotFisher fisher;
    for (int64_t r = 0; r < rows; ++r)
        fisher.rowSums.push_back(static_cast<float>(1 + r % 3));
    fisher.total = std::accumulate(fisher.rowSums.begin(), fisher.rowSums.end(), 0.0);
    fisher.columnSums.assign(static_cast<size_t>(columns),
                             static_cast<float>(fisher.total / static_cast<double>(columns)));
    return fisher;
}

} // namespace

class TestInputMoments : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::shared_ptr<const Model> tiny(const Architecture& architecture) const
    {
        const std::string folder =
            m_folder.filePath(QString::fromUtf8(architecture.id)).toStdString();
        tinyModel(architecture).write(folder);
        return openModel(folder);
    }

private Q_SLOTS:
    void scratchIsZeroedAndLarge()
    {
        const auto scratch = Scratch::floats(1 << 20);
        QCOMPARE(scratch->values().size(), size_t{1} << 20);
        QVERIFY(std::ranges::all_of(scratch->values(), [](float v) { return v == 0; }));
        scratch->values().back() = 7;
        QCOMPARE(Scratch::floats(4)->values().back(), 0.0F);
        QVERIFY(Scratch::floats(0)->values().empty());
    }

    void ofEveryArchitecture()
    {
        for (const Architecture& architecture : architectures()) {
            const auto model = tiny(architecture);
            const Graph& graph = model->graph;
            const std::vector<Window> windows = randomWindows(6, kTokens);
            Progress progress;
            const auto moments = measureInputMoments(model, windows, progress);
            const auto engine = makeTorchEngine(model, OriginalWeights(model), {.threads = 1});
            int known = 0;
            for (int slot = 0; slot < static_cast<int>(graph.slots.size()); ++slot) {
                const auto input = slotInput(graph, slot);
                QCOMPARE(moments->of(slot) != nullptr, input.has_value());
                if (!input)
                    continue;
                ++known;
                ByHand fitted(*input);
                ByHand heldOut(*input);
                for (size_t w = 0; w < windows.size(); ++w) {
                    TextBatch text;
                    text.add(std::span(windows[w].tokens)
                                 .first(kTokens - (graph.readsWholeTexts() ? 0 : 1)));
                    engine->encode(text, [&](int value, MatrixView rows) {
                        if (value == input->value)
                            (w == 3 ? heldOut : fitted).add(rows);
                    });
                }
                const char* name = graph.slot(slot).name.c_str();
                QVERIFY2(fitted.difference(moments->of(slot)->fitted) < 1e-5, name);
                QVERIFY2(heldOut.difference(moments->of(slot)->heldOut) < 1e-5, name);
            }
            QVERIFY(known > 0);
        }
    }

    void tablesHaveNoneAndNeighboursShare()
    {
        const auto model = tiny(*findArchitecture("llama"));
        Progress progress;
        const auto moments = measureInputMoments(model, randomWindows(2, kTokens), progress);
        std::map<Role, const SecondMoment*> byRole;
        for (int slot = 0; slot < static_cast<int>(model->graph.slots.size()); ++slot)
            if (const Slot& place = model->graph.slot(slot); place.block <= 0)
                byRole[place.role] = moments->of(slot);
        QVERIFY(byRole[Role::TokenEmbedding] == nullptr);
        QVERIFY(byRole[Role::AttentionQuery] != nullptr);
        QCOMPARE(byRole[Role::AttentionQuery], byRole[Role::AttentionValue]);
        QCOMPARE(byRole[Role::FeedForwardGate], byRole[Role::FeedForwardUp]);
        QVERIFY(byRole[Role::FeedForwardGate] != byRole[Role::FeedForwardDown]);
        // Two windows hold nothing out.
        QCOMPARE(byRole[Role::FeedForwardDown]->evaluating().data,
                 byRole[Role::FeedForwardDown]->view().data);
    }

    void stoppedAtOnceGivesNothing()
    {
        StopAtOnce stop;
        QVERIFY(!measureInputMoments(tiny(*findArchitecture("lstm_lm")), randomWindows(3, kTokens),
                                     stop));
    }

    void damageFollowsItsFormula()
    {
        const Matrix from = gaussianMatrix(6, 20, 1);
        const Matrix to = gaussianMatrix(6, 20, 2);
        Matrix moment(20, 20);
        for (int64_t i = 0; i < 20; ++i)
            for (int64_t j = 0; j < 20; ++j)
                moment.row(i)[static_cast<size_t>(j)] =
                    static_cast<float>((1 + i % 2) * (1 + j % 2) *
                                       std::pow(0.8, static_cast<double>(std::abs(i - j))));
        const SlotFisher fisher = someFisher(6, 20);
        const double whole = correlatedDamage(fisher, moment.view(), from.view(), to.view());
        QVERIFY(std::abs(whole / formula(fisher, moment, from, to) - 1) < 1e-5);
        for (int64_t i = 0; i < 20; ++i)
            for (int64_t j = 0; j < 20; ++j)
                if (i != j)
                    moment.row(i)[static_cast<size_t>(j)] = 0;
        const double alone = correlatedDamage(fisher, moment.view(), from.view(), to.view());
        QVERIFY(std::abs(alone / fisher.damage(from.view(), to.view()) - 1) < 1e-5);
    }

    /// What is along the weights is weighed by itself, and only the rest by the form.
    void shrinkageIsWeighedAlone()
    {
        const Matrix from = gaussianMatrix(6, 20, 1);
        Matrix moment(20, 20);
        for (int64_t i = 0; i < 400; ++i)
            moment.values[static_cast<size_t>(i)] = i % 21 == 0 ? 2.0F : 0.5F;
        SlotFisher fisher = someFisher(6, 20);
        fisher.alongWeights = 3;
        Matrix shorter = from;
        for (float& value : shorter.values)
            value *= 0.9F;
        for (const double damage :
             {correlatedDamage(fisher, moment.view(), from.view(), shorter.view()),
              fisher.damage(from.view(), shorter.view())})
            QVERIFY(std::abs(damage - 0.5 * 0.1 * 0.1 * 3) < 1e-6);
        Matrix to = gaussianMatrix(6, 20, 2); // without what it has of the weights
        double inner = 0;
        double square = 0;
        for (size_t i = 0; i < to.values.size(); ++i) {
            inner += to.values[i] * from.values[i];
            square += from.values[i] * from.values[i];
        }
        for (size_t i = 0; i < to.values.size(); ++i)
            to.values[i] += from.values[i] * static_cast<float>(1 - inner / square);
        const double across = correlatedDamage(fisher, moment.view(), from.view(), to.view());
        QVERIFY(std::abs(across / formula(fisher, moment, from, to) - 1) < 1e-5);
    }

    void damageOfRowsAddsUp()
    {
        const Matrix from = gaussianMatrix(6, 20, 1);
        const Matrix to = gaussianMatrix(6, 20, 2);
        Matrix moment(20, 20);
        for (int64_t i = 0; i < 400; ++i)
            moment.values[static_cast<size_t>(i)] = i % 21 == 0 ? 2.0F : 0.5F;
        SlotFisher fisher = someFisher(6, 20);
        const auto part = [&](const Matrix& matrix, int64_t first, int64_t count) {
            return MatrixView{matrix.values.data() + first * 20, count, 20};
        };
        fisher.alongWeights = 2;
        const double whole = correlatedDamage(fisher, moment.view(), from.view(), to.view());
        ChangeSums sums =
            correlatedSums(fisher, moment.view(), part(from, 0, 4), part(to, 0, 4), 0);
        sums.add(correlatedSums(fisher, moment.view(), part(from, 4, 2), part(to, 4, 2), 4));
        QVERIFY(std::abs(fisher.damage(sums) / whole - 1) < 1e-6);
    }
};

QTEST_APPLESS_MAIN(TestInputMoments)
#include "tst_input_moments.moc"
