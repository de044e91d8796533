// SPDX-License-Identifier: GPL-3.0-or-later
// What the sensitivity is worth for a recurrent network: its order of single slots, and a fit.
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/fit_quality.h"

#include <QSet>
#include <numeric>

using namespace bitloom;

namespace {

/// Ranks from 0, ties in the order of their places (there are none to speak of).
std::vector<double> ranks(const std::vector<double>& values)
{
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, {}, [&](size_t i) { return values[i]; });
    std::vector<double> result(values.size());
    for (size_t rank = 0; rank < order.size(); ++rank)
        result[order[rank]] = static_cast<double>(rank);
    return result;
}

double spearman(const std::vector<double>& a, const std::vector<double>& b)
{
    const std::vector<double> x = ranks(a);
    const std::vector<double> y = ranks(b);
    double squares = 0;
    for (size_t i = 0; i < x.size(); ++i)
        squares += (x[i] - y[i]) * (x[i] - y[i]);
    const auto n = static_cast<double>(x.size());
    return 1 - 6 * squares / (n * (n * n - 1));
}

/// `text` without the lines that `evaluated` has too ("once upon a time, ..."), for these are
/// refused.
std::string without(const std::string& evaluated, const std::string& text)
{
    const QStringList known = QString::fromStdString(evaluated).split('\n');
    const QSet<QString> theirs(known.begin(), known.end());
    QStringList kept;
    for (const QString& line : QString::fromStdString(text).split('\n'))
        if (!theirs.contains(line))
            kept << line;
    return kept.join('\n').toStdString();
}

} // namespace

class TestFitLstm : public QObject {
    Q_OBJECT

    FitQuality m_quality;

    Recipe single(const std::string& slot, int bits) const
    {
        Recipe recipe;
        recipe.target = "safetensors";
        recipe.slots[slot].scheme = "int" + std::to_string(bits) + "-g32-asym";
        recipe.slots[slot].method = "nearest";
        return recipe;
    }

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        m_quality.workbench =
            Workbench::open(testData() + "/models/lstm-tinystories-char/hf", torchEngines());
        const std::string folder = testData() + "/text/tinystories/lowercase_sentences_";
        CalibrationSettings settings;
        m_quality.text.text = readTextFile(folder + "test.txt");
        settings.text = without(m_quality.text.text.text(), readTextFile(folder + "train.txt"));
        settings.lines = true;
        settings.context = 256; // whole lines
        settings.windows = 200;
        Progress progress;
        m_quality.workbench->calibration().measureSensitivity(settings, progress);
        m_quality.text.windows.lines = true;
        m_quality.text.windows.windows = std::getenv("BITLOOM_WHOLE_TEXT") ? 0 : 60;
    }

    void singleSlotsAreRankedByTheirDamage()
    {
        std::vector<double> predicted;
        std::vector<double> measured;
        for (const Slot& slot : m_quality.workbench->model().graph.slots)
            for (const int bits : {2, 3, 4}) {
                if (!slot.quantizable)
                    continue;
                const Recipe recipe = single(slot.name, bits);
                predicted.push_back(m_quality.predicted(recipe));
                measured.push_back(m_quality.measured(recipe));
            }
        QCOMPARE(predicted.size(), size_t{30});
        const double correlation = spearman(predicted, measured);
        double logarithms = 0;
        for (size_t i = 0; i < predicted.size(); ++i)
            logarithms += std::log(predicted[i] / measured[i]);
        qInfo("Spearman %.4f, mean ln(predicted / measured) %.3f", correlation, logarithms / 30);
        QVERIFY(correlation >= 0.98);
        QVERIFY(std::abs(logarithms / 30) < 0.15);
    }

    void aSmallerFitBeatsUniformBits()
    {
        const Recipe recipe = m_quality.fitted(4.0);
        QVERIFY(m_quality.workbench->opened().size(recipe).bitsPerWeight() <= 4.0);
        const double fitted = m_quality.measured(recipe);
        const double equal =
            m_quality.measured(uniform(m_quality.workbench->model(), "int4-g32-sym"));
        qInfo("fit at 4.0 bits: KL %.5f, uniform int4-g32-sym (4.5): %.5f", fitted, equal);
        QVERIFY(fitted <= 0.6 * equal);
    }
};

QTEST_APPLESS_MAIN(TestFitLstm)
#include "tst_fit_lstm.moc"
