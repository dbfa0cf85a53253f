/** Sample captions, which questions without captions of their own are asked about. */

/** The first minute of a cooking video, as a SubRip file. */
export const sampleCaptions = `1
00:00:01,000 --> 00:00:05,500
Ana walks into the kitchen

2
00:00:06,000 --> 00:00:11,000
Ana takes three tomatoes out of a bag

3
00:00:11,500 --> 00:00:19,000
Ana washes the tomatoes in the sink

4
00:00:20,000 --> 00:00:31,500
Ana cuts the tomatoes into slices

5
00:00:32,000 --> 00:00:36,000
Leo puts a pan on the stove

6
00:00:36,500 --> 00:00:40,000
Leo pours oil into the pan

7
00:00:41,000 --> 00:00:52,000
Ana fries the slices with garlic

8
00:00:53,000 --> 00:01:00,000
Ana and Leo eat at the table
`;
