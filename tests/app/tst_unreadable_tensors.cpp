// SPDX-License-Identifier: GPL-3.0-or-later
// A model whose weights cannot all be read, in the real window: every tensor is a row, every cell
// answers, every row can be chosen, and where there is no histogram the reason stands.
#include "app/widget_headers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/core/workbench/odd_tensors.h"
#include "widgets/histogram_canvas.h"

#include <QtTest>

using namespace bitloom;

namespace {

const std::vector<OddTensor> kOddTensors = {
    {"model.layers.0.mlp.up_proj.weight", "F8_E4M3", "[40,24]", 960},
    {"model.layers.0.mlp.up_proj.weight_scale", "F32", "[]", 4},
    {"model.layers.1.mlp.up_proj.qweight", "I32", "[3,40]", 480},
    {"model.layers.1.mlp.up_proj.marker", "F32", "[0,4]", 0},
    {"model.hollow", "F16", "[3,0]", 0}};

} // namespace

class TestUnreadableTensors : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { show({}); }
    void cleanupTestCase()
    {
        session().undoStack().setClean();
        window.reset();
    }

    void everyTensorIsARow()
    {
        const std::string folder = m_fixture.folder().toStdString() + "/quantized";
        TinyLlama().write(folder);
        addOddTensors(folder, kOddTensors, "layers.0.mlp.up_proj.weight");
        QSignalSpy opened(&session(), &Session::opened);
        session().open(QString::fromStdString(folder));
        QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
        TRY_IDLE();
        QVERIFY(!session().model().runnable());
        int rows = 0;
        const LayerModel& layers = window->desk().layers;
        for (int group = 0; group < layers.rowCount(); ++group)
            rows += layers.rowCount(layers.index(group, 0));
        QCOMPARE(rows, static_cast<int>(session().model().checkpoint.tensors.size()));
    }

    void everyCellAnswers()
    {
        const LayerModel& layers = window->desk().layers;
        const int slot = slotNamed(session(), "model.layers.0.mlp.up_proj");
        const QModelIndex row = layers.indexOf(slot);
        QCOMPARE(row.siblingAtColumn(SchemeColumn).data().toString(), QString("F8_E4M3"));
        QCOMPARE(row.siblingAtColumn(BitsColumn).data(BitsRole).toDouble(), 8.0);
        QCOMPARE(row.data(SizeRole).toLongLong(), 960);
        QCOMPARE(row.data(QuantizableRole).toBool(), false);
        for (size_t i = 0; i < session().model().graph.slots.size(); ++i)
            for (int column = 0; column < LayerColumnCount; ++column)
                for (int role = 0; role < Qt::UserRole + 40; ++role)
                    layers.indexOf(static_cast<int>(i)).siblingAtColumn(column).data(role);
    }

    void everyRowCanBeChosen()
    {
        auto* canvas = window->findChild<HistogramCanvas*>();
        QVERIFY(canvas);
        QSignalSpy failed(&session().jobs(), &Jobs::failed);
        const Model& model = session().model();
        for (int slot = 0; slot < static_cast<int>(model.graph.slots.size()); ++slot) {
            window->desk().select({slot});
            TRY_IDLE();
            if (model.canRead(slot))
                continue;
            const QString said = canvas->emptyText();
            const StoredTensor& tensor =
                model.storedOf(model.graph.slots[static_cast<size_t>(slot)]);
            QVERIFY2(said.contains(tensor.scheme ? "empty" : tensor.type.c_str()),
                     qPrintable(said));
        }
        QList<int> all;
        for (int slot = 0; slot < static_cast<int>(model.graph.slots.size()); ++slot)
            all.append(slot);
        window->desk().select(all);
        TRY_IDLE();
        keyInTree(Qt::Key_4); // gives four bits to those that can have them
        TRY_IDLE();
        QCOMPARE(failed.size(), 0);
        QVERIFY(
            session().choice(slotNamed(session(), "model.layers.0.mlp.up_proj")).scheme.empty());
        QVERIFY(
            !session().choice(slotNamed(session(), "model.layers.1.mlp.up_proj")).scheme.empty());
    }

private:
    AppFixture m_fixture;
};

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    TestUnreadableTensors test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_unreadable_tensors.moc"
