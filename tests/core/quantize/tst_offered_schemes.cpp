// SPDX-License-Identifier: GPL-3.0-or-later
// Which schemes a slot may have, and which of them a number of bits stands for.
#include "core/quantize/recipe/scheme_of_bits.h"
#include "tests/core/quantize/hand_model.h"

#include <QTest>

using namespace bitloom;

class TestOfferedSchemes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void offersHoldWhatFits();
    void bitsStandForTheFinestGridThatFits();
};

void TestOfferedSchemes::offersHoldWhatFits()
{
    const auto model = handModel();
    for (const Target& target : targets())
        for (const Slot& slot : model->graph.slots) {
            const std::vector<const Scheme*> offered = offeredSchemes(slot, target);
            for (const Scheme* scheme : schemes())
                QCOMPARE(std::ranges::count(offered, scheme),
                         target.holds(*scheme) && scheme->accepts(slot.columns) ? 1 : 0);
        }
    const auto offers = [&](size_t slot, const char* target, const char* scheme) {
        const auto offered = offeredSchemes(model->graph.slots[slot], targetNamed(target));
        return std::ranges::count(offered, &schemeNamed(scheme)) == 1;
    };
    QVERIFY(offers(0, "gguf", "q4_k") && !offers(0, "gguf", "int4-g32-sym"));
    QVERIFY(offers(2, "gguf", "q4_0") && !offers(2, "gguf", "q4_k"));
    QVERIFY(offers(1, "gguf", "f16") && !offers(1, "gguf", "q4_0"));
    QVERIFY(offers(1, "safetensors", "int4-g32-sym") && !offers(1, "safetensors", "q4_0"));
}

void TestOfferedSchemes::bitsStandForTheFinestGridThatFits()
{
    const auto model = handModel();
    const auto meant = [&](std::vector<int> slots, const char* target, int bits) {
        const Scheme* scheme = schemeOfBits(*model, slots, targetNamed(target), bits);
        return scheme ? std::string(scheme->id()) : std::string();
    };
    QCOMPARE(meant({0}, "gguf", 4), std::string("q4_k"));
    QCOMPARE(meant({2}, "gguf", 4), std::string("q4_1")); // rows of no whole blocks of 256
    QCOMPARE(meant({0, 2}, "gguf", 4), std::string("q4_1"));
    QCOMPARE(meant({1}, "gguf", 4), std::string());
    QCOMPARE(meant({0}, "safetensors", 4), std::string("q4_k"));
    QCOMPARE(meant({1, 2}, "safetensors", 4), std::string("int4-g32-sym"));
    QCOMPARE(meant({0}, "gguf", 8), std::string("q8_0"));
    QCOMPARE(meant({0}, "safetensors", 8), std::string("int8-g32-sym"));
    QCOMPARE(meant({0}, "safetensors", 16), std::string()); // plain numbers are none
    QCOMPARE(meant({}, "safetensors", 4), std::string());
}

QTEST_APPLESS_MAIN(TestOfferedSchemes)
#include "tst_offered_schemes.moc"
