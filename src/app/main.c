/* callmeterd: the recorder. */

int main(void)
{
	return 0;
}
