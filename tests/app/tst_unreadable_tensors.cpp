// SPDX-License-Identifier: GPL-3.0-or-later
// A model whose weights cannot all be read, in the real window: every tensor is a row, every cell
// answers, every row can be chosen, and where there is no histogram the reason stands.
#include "app/words/widget_headers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/core/workbench/odd_tensors.h"
#include "widgets/plots/histogram_canvas.h"

#include <QtTest>

#include <numeric>

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
    void cleanupTestCase() { window.reset(); }

    void opensAndAnswers_data()
    {
        QTest::addColumn<QString>("quantization");
        QTest::newRow("of an unknown kind") << QString();
        QTest::newRow("with gptq") << R"({"quant_method": "gptq", "bits": 4})";
    }

    void opensAndAnswers()
    {
        QFETCH(QString, quantization);
        QSignalSpy failed(&session().jobs(), &Jobs::failed);
        open(quantization);
        everyTensorIsARow();
        everyCellAnswers();
        everyRowCanBeChosen();
        window->context().analysis.analyse();
        TRY_IDLE();
        QCOMPARE(failed.size(), 0);
        if (quantization.isEmpty())
            givesFourBits(true);
        else
            givesFourBits(false);
    }

private:
    void open(const QString& quantization)
    {
        TinyLlama tiny;
        if (!quantization.isEmpty())
            tiny.configuration["quantization_config"] =
                nlohmann::json::parse(quantization.toStdString());
        const std::string folder = m_fixture.folder().toStdString() + "/" + QTest::currentDataTag();
        tiny.write(folder);
        addOddTensors(folder, kOddTensors, "layers.0.mlp.up_proj.weight");
        QSignalSpy opened(&session(), &Session::opened);
        session().open(QString::fromStdString(folder));
        QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
        TRY_IDLE();
        QVERIFY(!session().model().runnable());
    }

    int slotCount() const { return static_cast<int>(session().model().graph.slots.size()); }

    void everyTensorIsARow() const
    {
        int rows = 0;
        const LayerModel& layers = window->context().layers;
        for (int group = 0; group < layers.rowCount(); ++group)
            rows += layers.rowCount(layers.index(group, 0));
        QCOMPARE(rows, static_cast<int>(session().model().checkpoint.tensors.size()));
    }

    void everyCellAnswers() const
    {
        const LayerModel& layers = window->context().layers;
        const QModelIndex row = layers.indexOf(slotNamed(session(), "model.layers.0.mlp.up_proj"));
        QCOMPARE(row.siblingAtColumn(SchemeColumn).data().toString(), QString("F8_E4M3"));
        QCOMPARE(row.siblingAtColumn(BitsColumn).data(BitsRole).toDouble(), 8.0);
        QCOMPARE(row.data(SizeRole).toLongLong(), 960);
        QCOMPARE(row.data(QuantizableRole).toBool(), false);
        for (int slot = 0; slot < slotCount(); ++slot)
            for (int column = 0; column < LayerColumnCount; ++column)
                for (int role = 0; role < Qt::UserRole + 40; ++role)
                    layers.indexOf(slot).siblingAtColumn(column).data(role);
    }

    void everyRowCanBeChosen() const
    {
        auto* canvas = window->findChild<HistogramCanvas*>();
        QVERIFY(canvas);
        const Model& model = session().model();
        for (int slot = 0; slot < slotCount(); ++slot) {
            window->context().select({slot});
            TRY_IDLE();
            const StoredTensor& tensor = model.storedOf(model.graph.slot(slot));
            const std::string reason = tensor.scheme ? "empty" : tensor.type;
            if (!model.canRead(slot)) // it is drawn when there is time
                QTRY_VERIFY2(canvas->emptyText().contains(QString::fromStdString(reason)),
                             reason.c_str());
        }
    }

    /// All rows are asked; those that can have them get four bits.
    void givesFourBits(bool any)
    {
        QList<int> all(slotCount());
        std::iota(all.begin(), all.end(), 0);
        window->context().select(all);
        TRY_IDLE();
        keyInTree(Qt::Key_4);
        TRY_IDLE();
        const auto scheme = [this](const char* name) {
            return session().choice(slotNamed(session(), name)).scheme;
        };
        QCOMPARE(scheme("model.layers.0.mlp.up_proj"), std::string());
        QCOMPARE(!scheme("model.layers.1.mlp.up_proj").empty(), any);
        session().undoStack().setClean();
    }

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
