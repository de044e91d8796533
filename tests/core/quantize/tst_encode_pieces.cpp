// SPDX-License-Identifier: GPL-3.0-or-later
// Pieces of rows are encoded as they are within their rows.
#include "core/quantize/recipe/recipe.h"
#include "core/quantize/variant/encode_pieces.h"

#include "tests/core/network/tiny_llama.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bitloom;

class TestEncodePieces : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void piecesAreStretchesOfTheirRows_data();
    void piecesAreStretchesOfTheirRows();
    void areNoWiderThanTheyMustBe();
    void whatIsStoredSoStays();
    void namesTheWeightThatCannotBeHeld();

private:
    SlotChoice choice(const QString& scheme, const QString& method = "mse") const
    {
        return {scheme.toStdString(), method.toStdString(), {}, {}, {}};
    }

    QTemporaryDir m_folder;
    std::shared_ptr<const Model> m_model;
    int m_slot = -1;
};

void TestEncodePieces::initTestCase()
{
    TinyLlama model;
    model.configuration["intermediate_size"] = 768;
    for (const char* block : {"0", "1"}) {
        const std::string name = std::string("model.layers.") + block + ".mlp.";
        model.shapes[name + "gate_proj.weight"] = model.shapes[name + "up_proj.weight"] = {768, 24};
        model.shapes[name + "down_proj.weight"] = {24, 768};
    }
    model.write(m_folder.path().toStdString());
    m_model = openModel(m_folder.path().toStdString());
    m_slot = m_model->graph.findSlot("model.layers.1.mlp.down_proj");
    QVERIFY(m_slot >= 0);
}

void TestEncodePieces::piecesAreStretchesOfTheirRows_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QString>("method");
    QTest::addColumn<bool>("clipped");
    for (const Scheme* scheme : schemes())
        for (const char* method : {"nearest", "mse"}) {
            const QString id = QString::fromStdString(std::string(scheme->id()));
            QTest::addRow("%s %s", qPrintable(id), method) << id << QString(method) << false;
        }
    QTest::newRow("clipped") << "int4-g32-sym"
                             << "mse" << true;
    QTest::newRow("clipped alone") << ""
                                   << "mse" << true;
}

void TestEncodePieces::piecesAreStretchesOfTheirRows()
{
    QFETCH(const QString, scheme);
    QFETCH(const QString, method);
    QFETCH(const bool, clipped);
    SlotChoice made = choice(scheme, method);
    if (clipped)
        made.clipHigh = 0.01;
    const int64_t columns = pieceColumns(TransformedModel(m_model), m_slot, made, 64);
    const int64_t last = 768 / columns - 1;
    const std::vector<RowPiece> positions = {{0, 0}, {23, last * columns}, {7, last / 2 * columns}};
    const EncodedPieces pieces =
        encodePieces(TransformedModel(m_model), m_slot, made, positions, columns);
    const Slot& slot = m_model->graph.slot(m_slot);
    const Matrix original = m_model->tensorOf(slot).readRows(0, 24);
    const Matrix changed = TransformedModel(*m_model).encode(m_slot, made).decode();
    for (size_t i = 0; i < positions.size(); ++i) {
        const auto stretch = [&](const Matrix& whole) {
            return whole.row(positions[i].row)
                .subspan(static_cast<size_t>(positions[i].firstColumn),
                         static_cast<size_t>(columns));
        };
        const auto index = static_cast<int64_t>(i);
        QVERIFY(std::ranges::equal(pieces.original.row(index), stretch(original)));
        QVERIFY(std::ranges::equal(pieces.changed.row(index), stretch(changed)));
    }
}

void TestEncodePieces::areNoWiderThanTheyMustBe()
{
    const auto columns = [&](const char* scheme, int64_t atMost) {
        return pieceColumns(TransformedModel(m_model), m_slot, choice(scheme), atMost);
    };
    QCOMPARE(columns("int4-g32-sym", 64), 64);
    QCOMPARE(columns("int4-g32-sym", 100), 96); // an equal part of 768
    QCOMPARE(columns("int4-g32-sym", 160), 128);
    QCOMPARE(columns("int4-g128-sym", 64), 128);
    QCOMPARE(columns("q4_k", 64), 256);
    QCOMPARE(columns("int4-row-sym", 64), 768);
    QCOMPARE(columns("bf16", 64), 64);
}

void TestEncodePieces::whatIsStoredSoStays()
{
    const EncodedPieces pieces =
        encodePieces(TransformedModel(m_model), m_slot, choice("f32"), {{{3, 64}}}, 64);
    QCOMPARE(pieces.changed.values, pieces.original.values);
}

/// By its row in the slot, as encoding all of it would.
void TestEncodePieces::namesTheWeightThatCannotBeHeld()
{
    SlotChoice large = choice("f16");
    large.clipLow = 1e6;
    const QString text = refusal([&] {
        encodePieces(TransformedModel(m_model), m_slot, large, {{{3, 64}}}, 64);
    });
    QVERIFY2(text.contains("down_proj, row 3, "), qPrintable(text));
}

QTEST_GUILESS_MAIN(TestEncodePieces)
#include "tst_encode_pieces.moc"
