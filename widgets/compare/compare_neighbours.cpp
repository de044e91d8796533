// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare/compare_neighbours.h"

#include "widgets/base/compare_table.h"
#include "widgets/base/figures.h"
#include "widgets/base/wrapped_label.h"

#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

namespace {

enum NeighbourColumn {
    OriginalTextColumn,
    OriginalCosineColumn,
    QuantizedTextColumn,
    QuantizedCosineColumn
};
constexpr qsizetype kShownCharacters = 160;

QString shortened(const QString& text)
{
    return text.size() <= kShownCharacters ? text
                                           : text.left(kShownCharacters - 1).trimmed() + u'…';
}

} // namespace

CompareNeighbours::CompareNeighbours(QWidget* parent)
    : CompareView(parent)
    , m_table(new CompareTable(
          QStringLiteral("neighbourTable"), tr("Nearest sentences"),
          {tr("nearest, original"), tr("cosine"), tr("nearest, quantized"), tr("cosine")}, this))
    , m_source(new WrappedLabel(this))
{
    setObjectName(QStringLiteral("compareNeighbours"));
    m_source->setObjectName(QStringLiteral("neighbourSource"));
    m_source->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_table->setEmptyText(tr("Run shows the sentences of the evaluation text that are nearest."));
    m_table->setWordWrap(true);
    QHeaderView* header = m_table->horizontalHeader();
    for (const int column : {OriginalTextColumn, QuantizedTextColumn})
        header->setSectionResizeMode(column, QHeaderView::Stretch);
    for (const int column : {OriginalCosineColumn, QuantizedCosineColumn})
        header->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_source);
    setSource({});
}

void CompareNeighbours::setOriginal(const QList<NearSentence>& nearest)
{
    m_original = nearest;
    showRows();
}

void CompareNeighbours::setQuantized(const QList<NearSentence>& nearest)
{
    m_quantized = nearest;
    showRows();
}

void CompareNeighbours::setOwnCosine(double cosine)
{
    m_ownCosine = cosine;
    emit changed();
}

void CompareNeighbours::setSource(const QString& text)
{
    m_source->setText(text);
    m_source->setVisible(!text.isEmpty());
}

void CompareNeighbours::clear()
{
    m_original.clear();
    m_quantized.clear();
    m_ownCosine.reset();
    setSource({});
    showRows();
}

void CompareNeighbours::showRows()
{
    m_table->setRowCount(static_cast<int>(std::max(m_original.size(), m_quantized.size())));
    showSide(OriginalTextColumn, m_original);
    showSide(QuantizedTextColumn, m_quantized);
    for (int row = 0; row < m_table->rowCount(); ++row) {
        if (row >= m_original.size() || row >= m_quantized.size())
            continue;
        QFont font = m_table->font();
        font.setBold(m_original[row].text != m_quantized[row].text);
        m_table->item(row, QuantizedTextColumn)->setFont(font);
    }
    emit changed();
}

void CompareNeighbours::showSide(int column, const QList<NearSentence>& nearest)
{
    for (int row = 0; row < static_cast<int>(nearest.size()); ++row) {
        m_table->put(row, column, shortened(nearest[row].text));
        m_table->item(row, column)->setToolTip(nearest[row].text);
        m_table->put(row, column + 1, plainFigureTo(nearest[row].cosine, 5), true);
    }
}

QString CompareNeighbours::promptHint() const
{
    return tr("A sentence, searched among those of the evaluation text");
}

QString CompareNeighbours::summary(bool) const
{
    if (!m_ownCosine || m_original.isEmpty() || m_quantized.isEmpty())
        return {};
    const bool same =
        std::equal(m_original.begin(), m_original.end(), m_quantized.begin(), m_quantized.end(),
                   [](const NearSentence& a, const NearSentence& b) { return a.text == b.text; });
    const QString own = tr("Cosine between the sentence's own two embeddings: %1.")
                            .arg(plainFigureTo(*m_ownCosine, 5));
    return own + u' ' +
           (same ? tr("The nearest sentences are the same, in the same order.")
                 : tr("The nearest sentences change; those out of their place are bold."));
}

} // namespace bitloom
