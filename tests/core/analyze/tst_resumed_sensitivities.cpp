// SPDX-License-Identifier: GPL-3.0-or-later
// Every way of telling what a change costs goes on where it was stopped.
#include "core/analyze/sensitivity/sensitivities.h"
#include "tests/core/analyze/small_model.h"
#include "tests/stop_after.h"

#include <QTemporaryDir>
#include <QTest>
#include <optional>

using namespace bitloom;

namespace {

/// Where the work begins, as it says itself.
class FirstReport : public Progress {
public:
    void report(double fraction, std::string_view /*what*/) override
    {
        m_first = m_first.value_or(fraction);
    }
    /// Nothing: there was nothing to do.
    std::optional<double> fraction() const { return m_first; }

private:
    std::optional<double> m_first;
};

/// So many that those which run beside each other are few of them.
std::vector<Window> manyWindows()
{
    std::vector<Window> windows;
    for (int times = 0; times < 100; ++times)
        for (Window& window : someWindows(1))
            windows.push_back(std::move(window));
    return windows;
}

/// Of every slot, three of its weights moved.
std::vector<double> damages(const Model& model, const Sensitivity& metric)
{
    Progress progress;
    std::vector<double> all;
    for (size_t slot = 0; slot < model.graph.slots.size(); ++slot) {
        const Slot& place = model.graph.slots[slot];
        if (!place.quantizable)
            continue;
        const Matrix original = model.tensorOf(place).readRows(0, place.rows);
        Matrix changed = original;
        for (const size_t weight : {0, 3, 7})
            changed.values[weight] += 0.02F * static_cast<float>(weight + 1);
        all.push_back(
            metric.damage({static_cast<int>(slot), original.view(), changed.view()}, progress));
    }
    return all;
}

} // namespace

class TestResumedSensitivities : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private Q_SLOTS:
    void everyRow_data()
    {
        QTest::addColumn<QString>("id");
        for (const SensitivityRow& row : sensitivities()) {
            // Some measure nothing beforehand; of the inputs a part of the network is one piece,
            // and curvatures are counted in products (tst_curvature).
            const bool inPieces = row.readsText && row.id != kMeasuredSensitivity;
            const bool isCurvature = row.id == "trace" || row.id == "top-eigenvalue";
            if (inPieces && !isCurvature && row.id != "output-error")
                QTest::newRow(std::string(row.id).c_str())
                    << QString::fromStdString(std::string(row.id));
        }
    }

    void everyRow()
    {
        QFETCH(QString, id);
        const SensitivityRow& row = sensitivityNamed(id.toStdString());
        SensitivityQuestion question{smallModel(m_folder.path().toStdString(), false),
                                     manyWindows(), 5};
        Progress progress;
        const auto uninterrupted = damages(*question.model, *row.measure(question, progress));
        question.store = MeasurementStore(m_folder.filePath("store " + id).toStdString());

        StopAfter half(0.5);
        row.measure(question, half);
        FirstReport resumed;
        const auto goneOn = row.measure(question, resumed);
        QVERIFY(resumed.fraction() > 0.06);
        QCOMPARE(damages(*question.model, *goneOn), uninterrupted);

        FirstReport again;
        const auto known = row.measure(question, again);
        QVERIFY(again.fraction().value_or(1) > 0.99);
        QCOMPARE(damages(*question.model, *known), uninterrupted);
    }
};

QTEST_APPLESS_MAIN(TestResumedSensitivities)
#include "tst_resumed_sensitivities.moc"
