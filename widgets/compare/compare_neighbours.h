// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/compare/compare_view.h"

#include <QList>

#include <optional>

class QLabel;

namespace bitloom {

class CompareTable;

/// A sentence and how near it is.
struct NearSentence {
    QString text;
    double cosine = 0;
};

/// The sentences nearest to the prompt by the original and by the quantized network, best first.
class CompareNeighbours : public CompareView {
    Q_OBJECT

public:
    explicit CompareNeighbours(QWidget* parent = nullptr);

    void setOriginal(const QList<NearSentence>& nearest);
    void setQuantized(const QList<NearSentence>& nearest);
    /// Between the two embeddings of the prompt itself.
    void setOwnCosine(double cosine);
    /// Among which sentences was searched: "of 300 sentences of evaluation.txt".
    void setSource(const QString& text);

    QString promptHint() const override;
    void clear() override;
    QString summary(bool running) const override;

private:
    void showRows();
    void showSide(int column, const QList<NearSentence>& nearest);

    CompareTable* m_table = nullptr;
    QLabel* m_source = nullptr;
    QList<NearSentence> m_original;
    QList<NearSentence> m_quantized;
    std::optional<double> m_ownCosine;
};

} // namespace bitloom
