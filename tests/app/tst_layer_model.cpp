// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/layer_model.h"

#include "tests/app/app_fixture.h"

#include <QAbstractItemModelTester>

using namespace bitloom;

namespace {

/// The model as indented text: one row a line, chosen columns.
QString print(const QAbstractItemModel& model, const QList<int>& columns,
              const QModelIndex& parent = {}, int depth = 0)
{
    QString text;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        QStringList cells;
        for (const int column : columns)
            cells.append(model.index(row, column, parent).data().toString());
        text += QString(2 * depth, ' ') + cells.join(" | ").trimmed() + '\n';
        text += print(model, columns, model.index(row, 0, parent), depth + 1);
    }
    return text;
}

} // namespace

class TestLayerModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void emptyWithoutAModel();
    void groupsAndSlots();
    void rolesTellTheMeasuredKl();
    void editsShowAndUndoToTheIdenticalPrint();
    void onlyWhatChangedIsAnnounced();

private:
    AppFixture m_fixture;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<Measurements> m_measurements;
    std::unique_ptr<LayerModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
};

void TestLayerModel::initTestCase()
{
    AppFixture::watchWarnings();
    m_session = std::make_unique<Session>(makeEngines());
    m_measurements = std::make_unique<Measurements>(*m_session);
    m_model = std::make_unique<LayerModel>(*m_session, *m_measurements);
    m_tester = std::make_unique<QAbstractItemModelTester>(
        m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
}

void TestLayerModel::cleanup()
{
    QTRY_VERIFY_WITH_TIMEOUT(!m_session->jobs().isBusy(), 20000);
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestLayerModel::emptyWithoutAModel()
{
    QCOMPARE(m_model->rowCount(), 0);
    QCOMPARE(m_model->columnCount(), static_cast<int>(LayerColumnCount));
    QVERIFY(!m_model->indexOf(0).isValid());
}

void TestLayerModel::groupsAndSlots()
{
    openSample(*m_session);
    const QString text = print(*m_model, {NameColumn, ShapeColumn, SchemeColumn});
    const QString start = "embed |  |\n"
                          "  model.embed_tokens | 2048 × 256 | f16\n"
                          "block 0 |  |\n"
                          "  input_layernorm | 1 × 256 | f16\n"
                          "  self_attn.q_proj | 256 × 256 | f16\n"
                          "  self_attn.k_proj | 128 × 256 | f16\n"
                          "  self_attn.v_proj | 128 × 256 | f16\n"
                          "  self_attn.o_proj | 256 × 256 | f16\n"
                          "  post_attention_layernorm | 1 × 256 | f16\n"
                          "  mlp.gate_proj | 768 × 256 | f16\n"
                          "  mlp.up_proj | 768 × 256 | f16\n"
                          "  mlp.down_proj | 256 × 768 | f16\n"
                          "block 1 |  |\n";
    QCOMPARE(text.left(start.size()), start);
    QVERIFY(text.endsWith("head |  |\n  model.norm | 1 × 256 | f16\n"));
    QCOMPARE(m_model->rowCount(), 6);
}

void TestLayerModel::rolesTellTheMeasuredKl()
{
    const int slot = slotNamed(*m_session, "model.layers.2.mlp.down_proj");
    const QModelIndex index = m_model->indexOf(slot);
    QCOMPARE(index.data(SlotRole).toInt(), slot);
    QCOMPARE(index.data(BlockRole).toInt(), 2);
    QCOMPARE(index.data(WeightsRole).toLongLong(), 256 * 768);
    QCOMPARE(index.data(SizeRole).toLongLong(), 2 * 256 * 768);
    QCOMPARE(index.data(BitsRole).toDouble(), 16.0);
    QVERIFY(index.data(QuantizableRole).toBool());
    QVERIFY(!index.data(SensitivityRole).isValid());
    QCOMPARE(index.parent().data().toString(), "block 2");
    QVERIFY(!index.parent().data(SlotRole).isValid());
    const int norm = slotNamed(*m_session, "model.norm");
    QVERIFY(!m_model->indexOf(norm).data(QuantizableRole).toBool());
}

void TestLayerModel::editsShowAndUndoToTheIdenticalPrint()
{
    QList<int> columns;
    for (int column = 0; column < LayerColumnCount; ++column)
        columns.append(column);
    const QString before = print(*m_model, columns);
    const QList<int> chosen{slotNamed(*m_session, "model.layers.0.mlp.up_proj"),
                            slotNamed(*m_session, "model.layers.3.self_attn.q_proj")};
    m_session->setScheme(chosen, "q4_k");
    m_session->setLocked(chosen.mid(0, 1), true);
    m_session->setMethod(chosen.mid(1, 1), "nearest");
    m_session->setActivationScheme(chosen.mid(1, 1), "int8-token-sym");
    QTRY_VERIFY(m_model->indexOf(chosen[0]).data(ErrorRole).toDouble() > 0.01);
    QTRY_VERIFY(m_model->indexOf(chosen[1]).data(ErrorRole).toDouble() > 0.01);
    QCOMPARE(m_model->indexOf(chosen[0]).data(SchemeRole).toString(), "q4_k");
    QCOMPARE(m_model->indexOf(chosen[0]).data(BitsRole).toDouble(), 4.5);
    QVERIFY(m_model->indexOf(chosen[0]).data(LockedRole).toBool());
    QCOMPARE(m_model->indexOf(chosen[1]).siblingAtColumn(MethodColumn).data().toString(),
             "nearest");
    const auto inputs = [&](const char* name) {
        return m_model->indexOf(slotNamed(*m_session, name))
            .siblingAtColumn(InputsColumn)
            .data()
            .toString();
    };
    QCOMPARE(inputs("model.layers.3.self_attn.q_proj"), "int8-token-sym");
    QCOMPARE(inputs("model.layers.3.self_attn.v_proj"), "int8-token-sym"); // it sees the same
    QCOMPARE(inputs("model.layers.3.mlp.up_proj"), "");
    const QString after = print(*m_model, columns);
    QVERIFY(after != before);

    QCOMPARE(m_session->undoStack().count(), 4);
    m_session->undoStack().setIndex(0);
    QCOMPARE(print(*m_model, columns), before);
    QVERIFY(m_session->recipe().values.empty());
    m_session->undoStack().setIndex(4);
    QTRY_VERIFY(m_model->indexOf(chosen[1]).data(ErrorRole).isValid());
    QCOMPARE(print(*m_model, columns), after);
    m_session->undoStack().setIndex(0);
}

void TestLayerModel::onlyWhatChangedIsAnnounced()
{
    QTRY_VERIFY_WITH_TIMEOUT(!m_session->jobs().isBusy(), 20000);
    const int slot = slotNamed(*m_session, "model.layers.1.mlp.gate_proj");
    QSet<int> announced;
    connect(m_model.get(), &QAbstractItemModel::dataChanged, this, [&](const QModelIndex& first) {
        if (first.data(SlotRole).isValid())
            announced.insert(first.data(SlotRole).toInt());
    });
    m_session->setScheme({slot}, "q8_0");
    QTRY_VERIFY(m_model->indexOf(slot).data(ErrorRole).isValid());
    QCOMPARE(announced, QSet<int>{slot});
}

QTEST_GUILESS_MAIN(TestLayerModel)
#include "tst_layer_model.moc"
